// The loops for AVX-512.
#if defined(__x86_64__)
#define TENPRINT_WIDTH 16
#define TENPRINT_PANEL 4
#define TENPRINT_PAIRS 0
#define TENPRINT_KERNELS avx512_kernels
#define TENPRINT_NAME "avx512"
#include "kernels.inl"
#else
#include "kernels.hpp"
namespace tenprint::leader {
const Kernels* avx512_kernels() { return nullptr; }
}  // namespace tenprint::leader
#endif
