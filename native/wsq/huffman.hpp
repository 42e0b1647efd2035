// The entropy coder's tables and bits: canonical Huffman codes of 1 to 16 bits, 0xFF in the data followed by 0x00.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "format.hpp"
#include "wsq.hpp"

namespace tenprint::wsq {

inline constexpr int kMaxCodeBits = 16;

// A table ready for reading.
class Reading {
   public:
    // False if the counts ask for more codes than their lengths allow, or do not fit the symbols.
    bool build(const CodeLengths& lengths);
    bool ready() const { return ready_; }

    // The symbol at the front of `bits` (left-aligned), and its length in bits; length 0 if no code fits.
    struct Found {
        std::uint8_t symbol, length;
    };
    Found find(std::uint64_t bits) const {
        const Found quick = quick_[bits >> (64 - kQuickBits)];
        return quick.length ? quick : find_long(bits);
    }

   private:
    static constexpr int kQuickBits = 11;
    Found find_long(std::uint64_t bits) const;

    bool ready_ = false;
    std::array<Found, 1 << kQuickBits> quick_{};
    std::array<std::uint32_t, kMaxCodeBits + 1> end_{};     // first code that is too large, by length
    std::array<std::int32_t, kMaxCodeBits + 1> offset_{};   // what to add to a code to get its place among the symbols
    std::vector<std::uint8_t> symbols_;
};

// Reads bits of one block up to its end (the next marker, or the end of the data). Restart markers are passed over.
class BitReader {
   public:
    BitReader(Bytes data, std::size_t at) : data_(data), at_(at) {}

    // At least `need` (<= 32) bits in front, or as many as the block has left.
    void fill() {
        while (have_ <= 56 && at_ < data_.size()) {
            const std::uint8_t byte = data_[at_];
            if (byte == 0xFF) {
                if (at_ + 1 >= data_.size() || data_[at_ + 1] != 0) return;
                ++at_;
            }
            ++at_;
            front_ |= static_cast<std::uint64_t>(byte) << (56 - have_);
            have_ += 8;
        }
    }
    std::uint64_t front() const { return front_; }
    int have() const { return have_; }
    void drop(int bits) {
        front_ <<= bits;
        have_ -= bits;
    }
    std::size_t at() const { return at_; }

    // Passes a restart marker if one stands here, throwing away the bits (fewer than eight) that fill up the byte before it.
    bool pass_restart();

   private:
    Bytes data_;
    std::size_t at_;
    std::uint64_t front_ = 0;
    int have_ = 0;
    std::uint8_t next_restart_ = kRst0;
};

// Code lengths for symbols that occur `frequency` times: no code is longer than 16 bits, none is all ones.
CodeLengths lengths_for(const std::array<std::uint32_t, 256>& frequency);

// A table ready for writing.
struct Writing {
    explicit Writing(const CodeLengths& lengths);
    std::array<std::uint16_t, 256> code{};
    std::array<std::uint8_t, 256> length{};
};

class BitWriter {
   public:
    explicit BitWriter(std::vector<std::uint8_t>& out) : out_(out) {}
    void put(std::uint32_t bits, int count) {  // count <= 16
        front_ = front_ << count | bits;
        have_ += count;
        while (have_ >= 8) {
            have_ -= 8;
            byte(static_cast<std::uint8_t>(front_ >> have_));
        }
    }
    // Fills the last byte with ones.
    void finish() {
        if (have_) put((1u << (8 - have_)) - 1, 8 - have_);
    }

   private:
    void byte(std::uint8_t value) {
        out_.push_back(value);
        if (value == 0xFF) out_.push_back(0);
    }
    std::vector<std::uint8_t>& out_;
    std::uint64_t front_ = 0;
    int have_ = 0;
};

}  // namespace tenprint::wsq
