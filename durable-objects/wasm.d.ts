// what a bundler gives for a .wasm import
declare module '*.wasm' {
  const module: WebAssembly.Module;
  export default module;
}
