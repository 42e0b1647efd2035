// Fuzzes the WSQ decoder: any bytes give an image or a named fault, never a crash, a read outside, or undefined behaviour;
// and what was decoded can be encoded and decoded again. Built and run by tools/fuzz.sh (clang's libFuzzer and sanitizers).
#include <cstdlib>

#include "../wsq/wsq.hpp"

namespace {

// Pixels that a fuzzed file may claim. Set by: thousands of runs a second; the decoder's own limit is its caller's.
constexpr std::size_t kMostPixels = 1 << 16;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    using namespace tenprint::wsq;
    const Bytes data(bytes, size);
    Frame frame;
    if (read_frame(data, frame) || frame.width * frame.height > kMostPixels) return 0;
    std::vector<std::uint8_t> pixels;
    if (decode(data, frame, pixels)) return 0;
    if (pixels.size() != frame.width * frame.height) std::abort();
    const std::vector<std::uint8_t> again = encode(pixels, frame, 2.25, "");
    std::vector<std::uint8_t> second;
    if (decode(again, frame, second) || second.size() != pixels.size()) std::abort();
    return 0;
}
