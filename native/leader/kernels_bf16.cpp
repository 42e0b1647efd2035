// The loops for AVX-512 with products of bfloat16 pairs (VDPBF16PS).
#if defined(__x86_64__)
#define TENPRINT_WIDTH 16
#define TENPRINT_PANEL 4
#define TENPRINT_PAIRS 1
#define TENPRINT_KERNELS bf16_kernels
#define TENPRINT_NAME "avx512-bf16"
#include "kernels.inl"
#else
#include "kernels.hpp"
namespace tenprint::leader {
const Kernels* bf16_kernels() { return nullptr; }
}  // namespace tenprint::leader
#endif
