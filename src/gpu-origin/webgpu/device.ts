import { create, globals } from 'webgpu';
import { BackendLost } from '../backend.ts';

/** Bytes of one binding: what the smallest driver allows (Mesa's lavapipe), whatever this one does. */
export const PAGE_BYTES = 128 * 1024 * 1024;
/** Threads of a workgroup in every kernel. */
export const THREADS = 256;
/** Workgroups along one axis of a dispatch, by the WebGPU standard. */
export const MOST_GROUPS = 65_535;

/** What a dispatch needs beside its kernel. */
export interface Dispatch {
  /** in the order of their @binding numbers; the parameters come last */
  buffers: readonly GPUBuffer[];
  /** the uniform struct of the kernel, u32 each */
  params: readonly number[];
  groups: readonly [x: number, y: number];
}

/** Dawn aborts the process if its instance is collected while a device lives. */
const instances = new Set<GPU>();

/**
 * One WebGPU device: compiles kernels, moves arrays, runs dispatches. Whatever goes wrong on the device, an answer is not
 * given but refused with `BackendLost`, and the device is given up.
 */
export class Device {
  readonly adapter: GPUAdapterInfo;
  /** settles with the reason when the device is gone, unless `close` asked for it */
  readonly lost: Promise<string>;
  private readonly device: GPUDevice;
  private readonly instance: GPU;
  private readonly pipelines = new Map<string, Promise<GPUComputePipeline>>();
  private readonly garbage: GPUBuffer[] = [];
  private encoder: GPUCommandEncoder | null = null;
  private fault: string | null = null;
  private isClosing = false;

  private constructor(instance: GPU, adapter: GPUAdapterInfo, device: GPUDevice) {
    this.instance = instance;
    this.adapter = adapter;
    this.device = device;
    instances.add(instance);
    device.onuncapturederror = ({ error }) => this.giveUp(error.message);
    this.lost = new Promise((resolve) => {
      void device.lost.then(({ message }) => {
        this.fault ??= message || 'the device was lost';
        if (!this.isClosing) resolve(this.fault);
      });
    });
  }

  /**
   * @param options of Dawn, for example `backend=vulkan`
   * @returns null where there is no adapter
   */
  static async open(options: readonly string[]): Promise<Device | null> {
    Object.assign(globalThis, globals);
    const instance = create([...options]);
    const adapter = await instance.requestAdapter({ powerPreference: 'high-performance' });
    if (!adapter) return null;
    const { maxBufferSize, maxStorageBufferBindingSize } = adapter.limits;
    const device = await adapter.requestDevice({
      requiredLimits: {
        maxBufferSize,
        maxStorageBufferBindingSize: Math.min(maxStorageBufferBindingSize, PAGE_BYTES),
      },
    });
    return new Device(instance, adapter.info, device);
  }

  /** A buffer that holds `data` and stays until it is destroyed. */
  upload(data: ArrayBufferView, usage = GPUBufferUsage.STORAGE): GPUBuffer {
    const buffer = this.device.createBuffer({ size: padded(data.byteLength), usage: usage | GPUBufferUsage.COPY_DST });
    const isPlain = data.byteLength % 4 === 0 && data.buffer instanceof ArrayBuffer; // Dawn takes no shared memory
    const whole = isPlain ? data : paddedCopy(data);
    this.device.queue.writeBuffer(buffer, 0, whole.buffer as ArrayBuffer, whole.byteOffset, whole.byteLength);
    return buffer;
  }

  /** As `upload`, gone after the next `read`. */
  lend(data: ArrayBufferView): GPUBuffer {
    return this.kept(this.upload(data));
  }

  /** Zeroes, to be written by a kernel and read, gone after the next `read`. */
  scratch(bytes: number): GPUBuffer {
    return this.kept(
      this.device.createBuffer({ size: padded(bytes), usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC }),
    );
  }

  async run(code: string, { buffers, params, groups: [x, y] }: Dispatch): Promise<void> {
    const pipeline = await this.pipeline(code);
    const uniform = this.kept(this.upload(Uint32Array.from(params), GPUBufferUsage.UNIFORM));
    const entries = [...buffers, uniform].map((buffer, binding) => ({ binding, resource: { buffer } }));
    this.encoder ??= this.device.createCommandEncoder();
    const pass = this.encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, this.device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }));
    pass.dispatchWorkgroups(x, y);
    pass.end();
  }

  /**
   * Submits what was run and copies buffers back, one ArrayBuffer each.
   * @throws BackendLost
   */
  async read(buffers: readonly GPUBuffer[]): Promise<ArrayBuffer[]> {
    const stage = this.kept(
      this.device.createBuffer({
        size: buffers.reduce((sum, { size }) => sum + size, 0),
        usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
      }),
    );
    const encoder = this.encoder ?? this.device.createCommandEncoder();
    this.encoder = null;
    let at = 0;
    const starts = buffers.map((buffer) => {
      encoder.copyBufferToBuffer(buffer, 0, stage, at, buffer.size);
      at += buffer.size;
      return at - buffer.size;
    });
    this.device.queue.submit([encoder.finish()]);
    try {
      await stage.mapAsync(GPUMapMode.READ);
      if (this.fault !== null) throw new BackendLost(this.fault);
      const mapped = stage.getMappedRange();
      return buffers.map(({ size }, i) => mapped.slice(starts[i]!, starts[i]! + size));
    } catch (error) {
      throw error instanceof BackendLost ? error : this.giveUp(String(error));
    } finally {
      for (const buffer of this.garbage.splice(0)) buffer.destroy();
    }
  }

  /** As a driver that crashes would do it. */
  destroy(): void {
    this.device.destroy();
  }

  close(): void {
    this.isClosing = true;
    this.device.destroy();
    instances.delete(this.instance);
  }

  private kept(buffer: GPUBuffer): GPUBuffer {
    this.garbage.push(buffer);
    return buffer;
  }

  private pipeline(code: string): Promise<GPUComputePipeline> {
    const made = this.pipelines.get(code) ?? this.compile(code);
    this.pipelines.set(code, made);
    return made;
  }

  private async compile(code: string): Promise<GPUComputePipeline> {
    if (this.fault !== null) throw new BackendLost(this.fault);
    const module = this.device.createShaderModule({ code });
    try {
      return await this.device.createComputePipelineAsync({ layout: 'auto', compute: { module, entryPoint: 'main' } });
    } catch (error) {
      throw this.giveUp(String(error));
    }
  }

  private giveUp(why: string): BackendLost {
    this.fault ??= why;
    this.device.destroy();
    return new BackendLost(this.fault);
  }
}

const padded = (bytes: number): number => Math.max(16, Math.ceil(bytes / 4) * 4);

function paddedCopy(data: ArrayBufferView): Uint8Array {
  const copy = new Uint8Array(padded(data.byteLength));
  copy.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  return copy;
}
