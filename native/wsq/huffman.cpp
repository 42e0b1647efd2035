#include "huffman.hpp"

#include <algorithm>
#include <numeric>

namespace tenprint::wsq {

bool Reading::build(const CodeLengths& lengths) {
    ready_ = false;
    quick_ = {};
    symbols_ = lengths.symbols;
    std::uint32_t code = 0;
    std::size_t place = 0;
    for (int bits = 1; bits <= kMaxCodeBits; ++bits) {
        code <<= 1;
        const std::uint32_t count = lengths.counts[static_cast<std::size_t>(bits) - 1];
        if (code + count > (1u << bits) || place + count > symbols_.size()) return false;
        const auto row = static_cast<std::size_t>(bits);
        offset_[row] = static_cast<std::int32_t>(place) - static_cast<std::int32_t>(code);
        for (std::uint32_t n = 0; n < count; ++n, ++code, ++place) {
            if (bits > kQuickBits) continue;
            const int spare = kQuickBits - bits;
            std::fill_n(quick_.begin() + (code << spare), 1u << spare, Found{symbols_[place], static_cast<std::uint8_t>(bits)});
        }
        end_[row] = code;
    }
    return ready_ = place == symbols_.size();
}

Reading::Found Reading::find_long(std::uint64_t bits) const {
    for (int length = kQuickBits + 1; length <= kMaxCodeBits; ++length) {
        const auto code = static_cast<std::uint32_t>(bits >> (64 - length));
        const auto row = static_cast<std::size_t>(length);
        if (code < end_[row]) {
            const std::int64_t place = static_cast<std::int64_t>(code) + offset_[row];
            if (place < 0 || place >= static_cast<std::int64_t>(symbols_.size())) return {0, 0};
            return {symbols_[static_cast<std::size_t>(place)], static_cast<std::uint8_t>(length)};
        }
    }
    return {0, 0};
}

bool BitReader::pass_restart() {
    std::size_t next = at_;
    while (next + 1 < data_.size() && data_[next] == 0xFF && data_[next + 1] == 0xFF) ++next;
    if (have_ >= 8 || next + 1 >= data_.size() || data_[next] != 0xFF || data_[next + 1] != next_restart_) return false;
    next_restart_ = next_restart_ == kRst7 ? static_cast<std::uint8_t>(kRst0) : static_cast<std::uint8_t>(next_restart_ + 1);
    at_ = next + 2;
    front_ = 0;
    have_ = 0;
    return true;
}

CodeLengths lengths_for(const std::array<std::uint32_t, 256>& frequency) {
    // Symbol 256 occurs least: the longest code, which would be all ones, is its own and is never written.
    std::vector<std::uint64_t> weight(frequency.begin(), frequency.end());
    weight.push_back(1);
    std::array<int, 257> depth{};
    std::vector<std::vector<std::size_t>> members(257);
    std::vector<std::size_t> alive;
    for (std::size_t n = 0; n < 257; ++n) {
        members[n] = {n};
        if (weight[n]) alive.push_back(n);
    }
    const auto lighter = [&](std::size_t a, std::size_t b) { return weight[a] != weight[b] ? weight[a] < weight[b] : a > b; };
    if (alive.size() == 1) depth[alive[0]] = 1;
    while (alive.size() > 1) {
        for (std::size_t n = 0; n < 2; ++n) {
            std::iter_swap(alive.begin() + static_cast<std::ptrdiff_t>(n), std::min_element(alive.begin() + static_cast<std::ptrdiff_t>(n), alive.end(), lighter));
        }
        const std::size_t kept = alive[1], gone = alive[0];
        weight[kept] += weight[gone];
        members[kept].insert(members[kept].end(), members[gone].begin(), members[gone].end());
        for (const std::size_t member : members[kept]) ++depth[member];
        alive.erase(alive.begin());
    }
    std::array<std::size_t, 258> counts{};
    for (const int d : depth) ++counts[static_cast<std::size_t>(d)];
    // Codes that are too long: of each pair one takes its parent's place, the other hangs below a shorter code.
    for (std::size_t bits = 257; bits > static_cast<std::size_t>(kMaxCodeBits);) {
        if (!counts[bits]) {
            --bits;
            continue;
        }
        std::size_t shorter = bits - 2;
        while (!counts[shorter]) --shorter;
        counts[bits] -= 2;
        ++counts[bits - 1];
        counts[shorter + 1] += 2;
        --counts[shorter];
    }
    counts[0] = 0;
    for (std::size_t bits = kMaxCodeBits; bits; --bits) {
        if (!counts[bits]) continue;
        --counts[bits];  // the code of symbol 256
        break;
    }
    CodeLengths lengths;
    for (std::size_t bits = 1; bits <= static_cast<std::size_t>(kMaxCodeBits); ++bits) {
        lengths.counts[bits - 1] = static_cast<std::uint8_t>(counts[bits]);
    }
    std::vector<std::size_t> order;
    for (std::size_t n = 0; n < 256; ++n) {
        if (frequency[n]) order.push_back(n);
    }
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return depth[a] < depth[b]; });
    for (const std::size_t symbol : order) lengths.symbols.push_back(static_cast<std::uint8_t>(symbol));
    return lengths;
}

Writing::Writing(const CodeLengths& lengths) {
    std::uint32_t next = 0;
    std::size_t place = 0;
    for (std::size_t bits = 1; bits <= static_cast<std::size_t>(kMaxCodeBits); ++bits) {
        next <<= 1;
        for (std::size_t n = 0; n < lengths.counts[bits - 1]; ++n, ++next, ++place) {
            code[lengths.symbols[place]] = static_cast<std::uint16_t>(next);
            length[lengths.symbols[place]] = static_cast<std::uint8_t>(bits);
        }
    }
}

}  // namespace tenprint::wsq
