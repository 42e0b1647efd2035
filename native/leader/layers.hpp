// The network's layers, folded and packed for one set of kernels.
//
// Folded, each exactly up to rounding: a layer normalisation's scale and shift into the 1×1 layer after it; its mean into the layer before
// it, where that is linear; the last 1×1 layer of a block into the one before it, where that is less work (nothing else reads between
// them); a head's 52 → 6 → 4 likewise, because they commute with the doubling; its 5×5 filter on the doubled map into four 3×3 filters.
#pragma once

#include <array>
#include <cstdlib>
#include <memory>
#include <vector>

#include "kernels.hpp"
#include "weights.hpp"

namespace tenprint::leader {

// Memory of floats that begin on a cache line.
struct Free {
    void operator()(float* p) const { std::free(p); }
};
using Floats = std::unique_ptr<float[], Free>;
Floats aligned_floats(std::size_t count);  // zeroed; throws std::bad_alloc

inline constexpr int kLevels = 4;  // of each U-Net: a half to a sixteenth of the image

struct Layers {
    Layers(const Weights& weights, const Kernels& kernels);

    std::array<Stem, 2> stems;
    std::array<Separable, kLevels> small_down, small_up;  // enc0_0 to enc0_3, dec0_0 to dec0_3
    Attention attention;
    std::array<Block, kLevels> down, up;                  // enc1_0 to enc1_3, dec1_0 to dec1_3
    std::array<Block, 3> heads;                           // position, direction, type
    std::array<Tail, 3> tails;
    const float* blur = nullptr;

   private:
    std::vector<Floats> held_;
};

}  // namespace tenprint::leader
