"""What blocks of every quantised type stand for, by the NumPy code of gguf (PyPI), which is not
ggml's: for dtype_test. Run it only to make the file anew:

    python tests/golden/make_gguf_blocks.py tests/golden/gguf_blocks.safetensors"""
import sys

import numpy as np
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType, dequantize
from safetensors.numpy import save_file

PLAIN = {"F32", "F16", "BF16", "F64", "I8", "I16", "I32", "I64", "Q8_1", "Q8_K"}
NOT_READ = {"NVFP4", "Q1_0", "Q2_0"}


def main():
    generator = np.random.default_rng(7)
    tensors = {}
    for kind in GGMLQuantizationType:
        if kind.name in PLAIN | NOT_READ:
            continue
        elements, size = GGML_QUANT_SIZES[kind]
        blocks = 768 // elements
        while True:  # random scales of 16 bits may be no numbers
            stored = generator.integers(0, 256, (blocks, size), dtype=np.uint8)
            with np.errstate(all="ignore"):
                values = dequantize(stored, kind).astype(np.float32)
            if np.isfinite(values).all():
                break
        tensors[kind.name + ".bytes"] = stored.reshape(-1)
        tensors[kind.name + ".values"] = values.reshape(-1)
    save_file(tensors, sys.argv[1])
    print(len(tensors) // 2, "types")


main()
