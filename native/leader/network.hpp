// The LEADER network from grey pixels to minutiae.
//
// Knows no Python. A network is immutable once made; `find` may run on any number of threads at once.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "layers.hpp"

namespace tenprint::leader {

inline constexpr long kMultiple = 32;   // sides of the network's input are multiples of this: it pools by two five times
inline constexpr long kSmallest = 64;   // pixels; smaller images are padded up
inline constexpr long kMostPixels = 4'000'000, kLongestSide = 32'768;  // of an image; more is refused before anything is allocated

struct Image {
    const std::uint8_t* pixels;
    long rows, columns;
};

// A minutia: its pixel, the blurred position map there (0 to 1), direction in radians, probability of a ridge ending.
struct Found {
    long x, y;
    float confidence, direction, ending;
};

// Called with each stage's output while `find` runs: (rows, columns, channels) floats, packed.
using Tap = std::function<void(const std::string& stage, const std::vector<float>& values, long rows, long columns, long channels)>;

class Network {
   public:
    // kind: "auto", or the name of a set of kernels. Throws std::invalid_argument for a file that is none, an unknown kind, or one that
    // this processor can't run.
    Network(std::span<const std::uint8_t> weights, const std::string& kind);

    const char* kind() const { return kernels_->name; }

    // Runs register-only multiply-adds and returns how many, so that a caller can time them: at least `least`.
    double spin(double least) const;

    // Places where the position map is the largest within 3 pixels and at least `least`, row by row. Throws std::invalid_argument for an
    // empty or too large image, std::bad_alloc.
    std::vector<Found> find(Image image, float least, const Tap& tap = {}) const;

   private:
    const Kernels* kernels_;
    std::unique_ptr<Layers> layers_;
    // Memory of images that are done, for those that follow: one for each thread that ran at once. Only this changes after construction.
    struct Room {
        Floats floats;
        std::size_t count = 0;
    };
    mutable std::mutex lock_;
    mutable std::vector<Room> rooms_;
};

// Names of the kernels that this processor can run, the one that "auto" takes first.
std::vector<std::string> kinds();

}  // namespace tenprint::leader
