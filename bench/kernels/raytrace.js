// A small ray tracer: vectors as short-lived objects, polymorphic shapes, floating point.
class Vector {
  constructor(x, y, z) {
    this.x = x;
    this.y = y;
    this.z = z;
  }
  plus(o) {
    return new Vector(this.x + o.x, this.y + o.y, this.z + o.z);
  }
  minus(o) {
    return new Vector(this.x - o.x, this.y - o.y, this.z - o.z);
  }
  times(k) {
    return new Vector(this.x * k, this.y * k, this.z * k);
  }
  dot(o) {
    return this.x * o.x + this.y * o.y + this.z * o.z;
  }
  unit() {
    return this.times(1 / Math.sqrt(this.dot(this)));
  }
}
class Ray {
  constructor(origin, direction) {
    this.origin = origin;
    this.direction = direction;
  }
  at(t) {
    return this.origin.plus(this.direction.times(t));
  }
}
class Sphere {
  constructor(center, radius, color, mirror) {
    this.center = center;
    this.radius = radius;
    this.color = color;
    this.mirror = mirror;
  }
  hit(ray) {
    const toCenter = ray.origin.minus(this.center);
    const b = toCenter.dot(ray.direction);
    const d = b * b - toCenter.dot(toCenter) + this.radius * this.radius;
    if (d <= 0) return Infinity;
    const root = Math.sqrt(d);
    const near = -b - root;
    if (near > 1e-4) return near;
    return -b + root > 1e-4 ? -b + root : Infinity;
  }
  normal(point) {
    return point.minus(this.center).unit();
  }
}
class Plane {
  constructor(up, height, color, mirror) {
    this.up = up;
    this.height = height;
    this.color = color;
    this.mirror = mirror;
  }
  hit(ray) {
    const slope = this.up.dot(ray.direction);
    if (slope > -1e-6) return Infinity;
    const t = (this.height - this.up.dot(ray.origin)) / slope;
    return t > 1e-4 ? t : Infinity;
  }
  normal() {
    return this.up;
  }
}
class Scene {
  constructor() {
    this.shapes = [
      new Plane(new Vector(0, 1, 0), -1, new Vector(0.6, 0.6, 0.5), 0.1),
      new Sphere(new Vector(0, 0, 5), 1, new Vector(0.9, 0.2, 0.2), 0.3),
      new Sphere(new Vector(-2, 0.2, 6), 1.2, new Vector(0.2, 0.9, 0.3), 0.2),
      new Sphere(new Vector(1.8, -0.4, 4), 0.6, new Vector(0.3, 0.3, 0.9), 0.4),
    ];
    this.light = new Vector(-4, 6, -2);
  }
  trace(ray, depth) {
    let nearest = Infinity;
    let found = null;
    for (const shape of this.shapes) {
      const t = shape.hit(ray);
      if (t < nearest) {
        nearest = t;
        found = shape;
      }
    }
    if (found === null) return new Vector(0.2, 0.3, 0.5);
    const point = ray.at(nearest);
    const normal = found.normal(point);
    const toLight = this.light.minus(point).unit();
    const shadow = this.shapes.some((s) => s !== found && s.hit(new Ray(point, toLight)) < Infinity);
    const diffuse = shadow ? 0.1 : Math.max(0.1, normal.dot(toLight));
    let color = found.color.times(diffuse);
    if (depth > 0 && found.mirror > 0) {
      const direction = ray.direction.minus(normal.times(2 * normal.dot(ray.direction)));
      color = color.times(1 - found.mirror).plus(this.trace(new Ray(point, direction), depth - 1).times(found.mirror));
    }
    return color;
  }
}
function run() {
  const scene = new Scene();
  const size = 40;
  const eye = new Vector(0, 0.3, -1);
  let sum = 0;
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const direction = new Vector((x - size / 2) / size, (size / 2 - y) / size, 1).unit();
      const c = scene.trace(new Ray(eye, direction), 2);
      sum += Math.floor(c.x * 255) * 65536 + Math.floor(c.y * 255) * 256 + Math.floor(c.z * 255);
    }
  }
  return sum;
}
