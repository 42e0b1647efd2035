// Runs the LEADER engine outside Python: WEIGHTS KIND ROWS COLUMNS, pixels on standard input, a minutia a line on standard output.
// Built by test_leader_loops.py with TENPRINT_EMULATED, so that the loops for AVX-512 run on any processor.
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <iostream>
#include <iterator>
#include <vector>

#include "network.hpp"

int main(int count, char** words) try {
    if (count != 5) return 2;
    std::ifstream file(words[1], std::ios::binary);
    const std::vector<char> content(std::istreambuf_iterator<char>(file), {});
    const tenprint::leader::Network network({reinterpret_cast<const std::uint8_t*>(content.data()), content.size()}, words[2]);
    const std::vector<char> pixels(std::istreambuf_iterator<char>(std::cin), {});
    const long rows = std::atol(words[3]), columns = std::atol(words[4]);
    if (static_cast<long>(pixels.size()) != rows * columns) return 3;
    for (const auto& one : network.find({reinterpret_cast<const std::uint8_t*>(pixels.data()), rows, columns}, 0.3f)) {
        std::printf("%ld %ld %.9g %.9g %.9g\n", one.x, one.y, one.confidence, one.direction, one.ending);
    }
    return 0;
} catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
}
