// The loops for AVX2 with fused multiply-add.
#if defined(__x86_64__)
#define TENPRINT_WIDTH 8
#define TENPRINT_PANEL 2
#define TENPRINT_PAIRS 0
#define TENPRINT_KERNELS avx2_kernels
#define TENPRINT_NAME "avx2"
#include "kernels.inl"
#else
#include "kernels.hpp"
namespace tenprint::leader {
const Kernels* avx2_kernels() { return nullptr; }
}  // namespace tenprint::leader
#endif
