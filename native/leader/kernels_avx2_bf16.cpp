// The numbers of AVX-512-BF16 on AVX2: slower than floats, and what tells how accurate bfloat16 is where no processor has it.
#if defined(__x86_64__)
#define TENPRINT_WIDTH 8
#define TENPRINT_PANEL 2
#define TENPRINT_PAIRS 1
#define TENPRINT_KERNELS avx2_bf16_kernels
#define TENPRINT_NAME "avx2-bf16"
#include "kernels.inl"
#else
#include "kernels.hpp"
namespace tenprint::leader {
const Kernels* avx2_bf16_kernels() { return nullptr; }
}  // namespace tenprint::leader
#endif
