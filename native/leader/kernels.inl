// The one source of every instruction set's loops. Before including it, define TENPRINT_WIDTH (floats a vector), TENPRINT_PANEL (vectors a
// packed panel), TENPRINT_PAIRS (0 floats, 1 bfloat16 pairs), TENPRINT_KERNELS (the function's name) and TENPRINT_NAME.
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "kernels.hpp"

namespace tenprint::leader {
namespace {

#include "vector.inl"
#include "products.inl"
#include "stages.inl"
#include "edges.inl"

}  // namespace

const Kernels* TENPRINT_KERNELS() {
    static constexpr Kernels table{TENPRINT_NAME, TENPRINT_WIDTH, TENPRINT_PANEL, TENPRINT_PAIRS != 0, stem, separable, attention, block, head,
                                   points, pool, positions, blur, spin};
    return &table;
}

}  // namespace tenprint::leader
