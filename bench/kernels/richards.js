// Objects, methods and polymorphic calls: a small operating-system scheduler with tasks, packets and queues,
// after the idea of Martin Richards' benchmark (written anew).
class Packet {
  constructor(link, id, kind) {
    this.link = link;
    this.id = id;
    this.kind = kind;
    this.datum = 0;
    this.data = [0, 0, 0, 0];
  }
  appendTo(queue) {
    this.link = null;
    if (queue === null) return this;
    let last = queue;
    while (last.link !== null) last = last.link;
    last.link = this;
    return queue;
  }
}
class Task {
  constructor(scheduler, id, priority, queue) {
    this.scheduler = scheduler;
    this.id = id;
    this.priority = priority;
    this.queue = queue;
    this.held = false;
    this.suspended = queue === null;
  }
  take() {
    const packet = this.queue;
    if (packet !== null) this.queue = packet.link;
    return packet;
  }
}
class IdleTask extends Task {
  constructor(scheduler, id, count) {
    super(scheduler, id, 0, null);
    this.suspended = false;
    this.seed = 1;
    this.count = count;
  }
  step() {
    this.count--;
    if (this.count === 0) {
      this.held = true;
      return;
    }
    if ((this.seed & 1) === 0) {
      this.seed = this.seed >> 1;
      this.scheduler.release(4);
    } else {
      this.seed = (this.seed >> 1) ^ 0xd008;
      this.scheduler.release(5);
    }
  }
}
class WorkerTask extends Task {
  constructor(scheduler, id, priority, queue) {
    super(scheduler, id, priority, queue);
    this.destination = 2;
    this.counter = 0;
  }
  step() {
    const packet = this.take();
    if (packet === null) {
      this.suspended = true;
      return;
    }
    this.destination = this.destination === 2 ? 3 : 2;
    packet.datum = 0;
    for (let i = 0; i < 4; i++) {
      this.counter = (this.counter + 1) % 26;
      packet.data[i] = this.counter;
    }
    packet.id = this.destination;
    this.scheduler.send(packet);
  }
}
class HandlerTask extends Task {
  constructor(scheduler, id, priority, queue) {
    super(scheduler, id, priority, queue);
    this.work = null;
    this.devices = null;
  }
  step() {
    let packet;
    while ((packet = this.take()) !== null) {
      if (packet.kind === 1) this.work = packet.appendTo(this.work);
      else this.devices = packet.appendTo(this.devices);
    }
    if (this.work !== null) {
      const work = this.work;
      if (work.datum < 4) {
        if (this.devices !== null) {
          const device = this.devices;
          this.devices = device.link;
          device.datum = work.data[work.datum];
          work.datum++;
          device.id = this.id + 2;
          this.scheduler.send(device);
          return;
        }
      } else {
        this.work = work.link;
        work.id = 1;
        this.scheduler.send(work);
        return;
      }
    }
    this.suspended = true;
  }
}
class DeviceTask extends Task {
  constructor(scheduler, id, priority) {
    super(scheduler, id, priority, null);
    this.pending = null;
  }
  step() {
    const packet = this.take();
    if (packet === null) {
      if (this.pending === null) {
        this.suspended = true;
        return;
      }
      const done = this.pending;
      this.pending = null;
      done.id = this.id - 2;
      this.scheduler.send(done);
      return;
    }
    this.pending = packet;
    this.held = true;
    this.scheduler.held++;
  }
}
class Scheduler {
  constructor() {
    this.tasks = [];
    this.sent = 0;
    this.held = 0;
  }
  send(packet) {
    const task = this.tasks[packet.id];
    if (task === undefined) return;
    this.sent++;
    task.queue = packet.appendTo(task.queue);
    task.suspended = false;
  }
  release(id) {
    const task = this.tasks[id];
    task.held = false;
    task.suspended = false;
  }
  run() {
    for (;;) {
      let best = null;
      for (let i = 0; i < this.tasks.length; i++) {
        const task = this.tasks[i];
        if (!task.held && !task.suspended && (best === null || task.priority > best.priority)) best = task;
      }
      if (best === null) return;
      best.step();
    }
  }
}
function packets(id, kind) {
  let queue = null;
  for (let i = 0; i < 3; i++) queue = new Packet(queue, id, kind);
  return queue;
}
function run() {
  const scheduler = new Scheduler();
  scheduler.tasks.push(new IdleTask(scheduler, 0, 10000));
  scheduler.tasks.push(new WorkerTask(scheduler, 1, 1000, packets(1, 1)));
  scheduler.tasks.push(new HandlerTask(scheduler, 2, 2000, packets(4, 0)));
  scheduler.tasks.push(new HandlerTask(scheduler, 3, 3000, packets(5, 0)));
  scheduler.tasks.push(new DeviceTask(scheduler, 4, 4000));
  scheduler.tasks.push(new DeviceTask(scheduler, 5, 5000));
  scheduler.run();
  return scheduler.sent * 100000 + scheduler.held;
}
