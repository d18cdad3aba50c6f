import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { debianTool } from './debian.ts';

/** What Mesa's driver and its LLVM need beside libc, of Debian 12; a package that the machine has does no harm. */
const LIBRARIES = [
  'libbsd0 libdrm2 libedit2 libelf1 libexpat1 libffi8 libicu72 libllvm15 libmd0 libwayland-client0 libx11-xcb1 libxau6',
  'libxcb-dri3-0 libxcb-present0 libxcb-randr0 libxcb-shm0 libxcb-sync1 libxcb-xfixes0 libxcb1 libxdmcp6 libxml2',
  'libxshmfence1 libz3-4 libzstd1',
].flatMap((line) => line.split(' '));
const LIBRARY_FOLDER =
  { x64: 'usr/lib/x86_64-linux-gnu', arm64: 'usr/lib/aarch64-linux-gnu' }[process.arch as 'x64'] ?? 'usr/lib';

/** Which of Debian's two software drivers for Vulkan. */
export type SoftwareDriver = 'lavapipe' | 'swiftshader';

/**
 * The environment of a process that shall have a GPU in software: Mesa's lavapipe (Debian 12's own is too old for WebGPU,
 * that of its backports is not) or Chromium's SwiftShader, which needs no LLVM and is several times slower. Both are
 * unpacked under `.build`; nothing is installed. The variables are read when a process starts, hence for a child only.
 *
 * @throws UserError where Debian's packages cannot be had
 */
export function softwareVulkan(driver: SoftwareDriver = 'lavapipe'): {
  VK_DRIVER_FILES: string;
  LD_LIBRARY_PATH: string;
} {
  const folders = driver === 'lavapipe' ? lavapipe() : swiftshader();
  return {
    VK_DRIVER_FILES: folders.manifest,
    LD_LIBRARY_PATH: folders.libraries.map((folder) => path.join(folder, LIBRARY_FOLDER)).join(path.delimiter),
  };
}

function lavapipe() {
  const isOld = /VERSION_CODENAME=bookworm/.test(osRelease());
  const mesa = debianTool({
    package: 'mesa-vulkan-drivers',
    binary: '.',
    ...(isOld ? { suite: 'bookworm-backports' } : {}),
  });
  const loader = debianTool({ package: 'libvulkan1', binary: '.', also: LIBRARIES });
  return { manifest: path.join(mesa, 'usr/share/vulkan/icd.d/lvp_icd.json'), libraries: [mesa, loader] };
}

function swiftshader() {
  const library = debianTool({ package: 'chromium-common', binary: 'usr/lib/chromium/libvk_swiftshader.so' });
  const loader = debianTool({ package: 'libvulkan1', binary: '.', also: LIBRARIES });
  const manifest = path.join(path.dirname(library), 'swiftshader-icd.json');
  const icd = { file_format_version: '1.0.0', ICD: { library_path: library, api_version: '1.1.0' } };
  writeFileSync(manifest, JSON.stringify(icd));
  return { manifest, libraries: [loader] };
}

function osRelease(): string {
  try {
    return readFileSync('/etc/os-release', 'utf8');
  } catch {
    return '';
  }
}
