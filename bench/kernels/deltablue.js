// An incremental one-way constraint solver (the DeltaBlue algorithm of Freeman-Benson and Maloney): class hierarchies,
// virtual calls, small arrays.
const REQUIRED = 0;
const STRONG_DEFAULT = 3;
const PREFERRED = 2;
const NORMAL = 4;
const WEAKEST = 6;

class Variable {
  constructor(name, value) {
    this.name = name;
    this.value = value;
    this.constraints = [];
    this.determinedBy = null;
    this.mark = 0;
    this.strength = WEAKEST;
    this.stay = true;
  }
  remove(constraint) {
    this.constraints = this.constraints.filter((c) => c !== constraint);
    if (this.determinedBy === constraint) this.determinedBy = null;
  }
}

class Constraint {
  constructor(strength) {
    this.strength = strength;
  }
  isInput() {
    return false;
  }
  add(planner) {
    this.attach();
    planner.incrementalAdd(this);
  }
  destroy(planner) {
    if (this.isSatisfied()) planner.incrementalRemove(this);
    else this.detach();
  }
  /** Enforce this one if possible: the constraint that it overrides, or null. */
  satisfy(mark, planner) {
    this.chooseMethod(mark);
    if (!this.isSatisfied()) {
      if (this.strength === REQUIRED) throw new Error("Could not satisfy a required constraint");
      return null;
    }
    this.markInputs(mark);
    const out = this.output();
    const overridden = out.determinedBy;
    if (overridden !== null) overridden.forget();
    out.determinedBy = this;
    if (!planner.propagate(this, mark)) throw new Error("Cycle encountered");
    out.mark = mark;
    return overridden;
  }
}

class UnaryConstraint extends Constraint {
  constructor(variable, strength, planner) {
    super(strength);
    this.variable = variable;
    this.satisfied = false;
    this.add(planner);
  }
  attach() {
    this.variable.constraints.push(this);
    this.satisfied = false;
  }
  detach() {
    this.variable.remove(this);
    this.satisfied = false;
  }
  chooseMethod(mark) {
    this.satisfied = this.variable.mark !== mark && this.strength < this.variable.strength;
  }
  isSatisfied() {
    return this.satisfied;
  }
  markInputs() {}
  inputsKnown() {
    return true;
  }
  output() {
    return this.variable;
  }
  recalculate() {
    this.variable.strength = this.strength;
    this.variable.stay = !this.isInput();
    if (this.variable.stay) this.execute();
  }
  forget() {
    this.satisfied = false;
  }
}
class StayConstraint extends UnaryConstraint {
  execute() {}
}
class EditConstraint extends UnaryConstraint {
  isInput() {
    return true;
  }
  execute() {}
}

const NONE = 0;
const FORWARD = 1;
const BACKWARD = -1;

class BinaryConstraint extends Constraint {
  constructor(v1, v2, strength, planner, scale, offset) {
    super(strength);
    this.v1 = v1;
    this.v2 = v2;
    this.scale = scale;
    this.offset = offset;
    this.direction = NONE;
    this.add(planner);
  }
  attach() {
    this.v1.constraints.push(this);
    this.v2.constraints.push(this);
    this.direction = NONE;
  }
  detach() {
    this.v1.remove(this);
    this.v2.remove(this);
    this.direction = NONE;
  }
  chooseMethod(mark) {
    const { v1, v2, strength } = this;
    if (v1.mark === mark) this.direction = v2.mark !== mark && strength < v2.strength ? FORWARD : NONE;
    else if (v2.mark === mark) this.direction = strength < v1.strength ? BACKWARD : NONE;
    else if (v1.strength > v2.strength) this.direction = strength < v1.strength ? BACKWARD : NONE;
    else this.direction = strength < v2.strength ? FORWARD : NONE;
  }
  isSatisfied() {
    return this.direction !== NONE;
  }
  markInputs(mark) {
    this.input().mark = mark;
  }
  input() {
    return this.direction === FORWARD ? this.v1 : this.v2;
  }
  output() {
    return this.direction === FORWARD ? this.v2 : this.v1;
  }
  inputsKnown(mark) {
    const i = this.input();
    return i.mark === mark || i.stay || i.determinedBy === null;
  }
  recalculate() {
    const input = this.input();
    const out = this.output();
    out.strength = this.strength > input.strength ? this.strength : input.strength;
    out.stay = input.stay;
    if (out.stay) this.execute();
  }
  forget() {
    this.direction = NONE;
  }
}
class EqualityConstraint extends BinaryConstraint {
  constructor(v1, v2, strength, planner) {
    super(v1, v2, strength, planner, null, null);
  }
  execute() {
    this.output().value = this.input().value;
  }
}
class ScaleConstraint extends BinaryConstraint {
  attach() {
    super.attach();
    this.scale.constraints.push(this);
    this.offset.constraints.push(this);
  }
  detach() {
    super.detach();
    this.scale.remove(this);
    this.offset.remove(this);
  }
  markInputs(mark) {
    super.markInputs(mark);
    this.scale.mark = this.offset.mark = mark;
  }
  recalculate() {
    const input = this.input();
    const out = this.output();
    out.strength = this.strength > input.strength ? this.strength : input.strength;
    out.stay = input.stay && this.scale.stay && this.offset.stay;
    if (out.stay) this.execute();
  }
  execute() {
    if (this.direction === FORWARD) this.v2.value = this.v1.value * this.scale.value + this.offset.value;
    else this.v1.value = (this.v2.value - this.offset.value) / this.scale.value;
  }
}

class Planner {
  constructor() {
    this.mark = 0;
  }
  newMark() {
    return ++this.mark;
  }
  incrementalAdd(constraint) {
    const mark = this.newMark();
    for (let overridden = constraint.satisfy(mark, this); overridden !== null;) overridden = overridden.satisfy(mark, this);
  }
  incrementalRemove(constraint) {
    const out = constraint.output();
    constraint.forget();
    constraint.detach();
    const unsatisfied = this.removePropagateFrom(out);
    unsatisfied.sort((a, b) => a.strength - b.strength);
    for (const c of unsatisfied) this.incrementalAdd(c);
  }
  makePlan(sources) {
    const mark = this.newMark();
    const plan = [];
    const todo = sources.slice();
    while (todo.length > 0) {
      const c = todo.pop();
      if (c.output().mark !== mark && c.inputsKnown(mark)) {
        plan.push(c);
        c.output().mark = mark;
        this.addConsuming(c.output(), todo);
      }
    }
    return plan;
  }
  planFrom(constraints) {
    return this.makePlan(constraints.filter((c) => c.isInput() && c.isSatisfied()));
  }
  propagate(constraint, mark) {
    const todo = [constraint];
    while (todo.length > 0) {
      const c = todo.pop();
      if (c.output().mark === mark) {
        this.incrementalRemove(constraint);
        return false;
      }
      c.recalculate();
      this.addConsuming(c.output(), todo);
    }
    return true;
  }
  removePropagateFrom(out) {
    out.determinedBy = null;
    out.strength = WEAKEST;
    out.stay = true;
    const unsatisfied = [];
    const todo = [out];
    while (todo.length > 0) {
      const v = todo.pop();
      for (const c of v.constraints) if (!c.isSatisfied()) unsatisfied.push(c);
      for (const c of v.constraints) {
        if (c !== v.determinedBy && c.isSatisfied()) {
          c.recalculate();
          todo.push(c.output());
        }
      }
    }
    return unsatisfied;
  }
  addConsuming(variable, list) {
    const determining = variable.determinedBy;
    for (const c of variable.constraints) if (c !== determining && c.isSatisfied()) list.push(c);
  }
}

function execute(plan) {
  for (let i = 0; i < plan.length; i++) plan[i].execute();
}
function change(planner, variable, value) {
  const edit = new EditConstraint(variable, PREFERRED, planner);
  const plan = planner.planFrom([edit]);
  for (let i = 0; i < 10; i++) {
    variable.value = value;
    execute(plan);
  }
  edit.destroy(planner);
}
function chain(n) {
  const planner = new Planner();
  const variables = Array.from({ length: n + 1 }, (_, i) => new Variable("v" + i, 0));
  for (let i = 0; i < n; i++) new EqualityConstraint(variables[i], variables[i + 1], REQUIRED, planner);
  new StayConstraint(variables[n], STRONG_DEFAULT, planner);
  const edit = new EditConstraint(variables[0], PREFERRED, planner);
  const plan = planner.planFrom([edit]);
  for (let i = 0; i < 100; i++) {
    variables[0].value = i;
    execute(plan);
    if (variables[n].value !== i) throw new Error("Chain test failed");
  }
  return plan.length;
}
function projection(n) {
  const planner = new Planner();
  const scale = new Variable("scale", 10);
  const offset = new Variable("offset", 1000);
  const outs = [];
  let source = null;
  let out = null;
  for (let i = 0; i < n; i++) {
    source = new Variable("src" + i, i);
    out = new Variable("dst" + i, i);
    outs.push(out);
    new StayConstraint(source, NORMAL, planner);
    new ScaleConstraint(source, out, REQUIRED, planner, scale, offset);
  }
  change(planner, source, 17);
  if (out.value !== 1170) throw new Error("Projection 1 failed");
  change(planner, out, 1050);
  if (source.value !== 5) throw new Error("Projection 2 failed");
  change(planner, scale, 5);
  for (let i = 0; i < n - 1; i++) if (outs[i].value !== i * 5 + 1000) throw new Error("Projection 3 failed");
  change(planner, offset, 2000);
  let sum = 0;
  for (let i = 0; i < n - 1; i++) sum += outs[i].value;
  return sum;
}
function run() {
  return chain(300) * 7 + projection(300);
}
