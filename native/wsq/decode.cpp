// Reading a WSQ file. Every length, count and index that the file gives is checked before it is used.
#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "huffman.hpp"

namespace tenprint::wsq {
namespace {

constexpr int kMaxExponent = 15;       // of the decimal scale of a number; the standard's own numbers have up to 10
constexpr double kLargestTap = 100.0;  // larger ones belong to no filter that reconstructs
constexpr double kSmallestTap = 1e-7;  // smaller ones move no pixel; taken as zero
// Most coefficients that one byte can hold: a run of 65535 zeros takes 1 bit of code and 16 of length.
constexpr std::size_t kMostPerByte = 8 * 65535 / 17 + 1;

Fault fault(std::string what, std::size_t at) { return {std::move(what), at}; }

struct Segment {
    std::uint8_t marker = 0;
    std::size_t at = 0, end = 0;  // of its body, after the two bytes of length
};

// The marker at `at`, with its body if it has one. Bytes 0xFF before a marker are filling.
Fault segment_at(Bytes data, std::size_t at, Segment& found) {
    while (at + 1 < data.size() && data[at] == 0xFF && data[at + 1] == 0xFF) ++at;
    if (at + 2 > data.size()) return fault("the file ends where a marker should stand", at);
    if (data[at] != 0xFF || data[at + 1] < kSoi || (data[at + 1] > kCom && data[at + 1] < kRst0) || data[at + 1] > kRst7) {
        return fault("no WSQ marker stands where one should", at);
    }
    found = {data[at + 1], at + 2, at + 2};
    if (found.marker == kSoi || found.marker == kEoi || found.marker >= kRst0) return {};
    if (at + 4 > data.size()) return fault("the file ends within a marker's length", at);
    const std::size_t length = static_cast<std::size_t>(data[at + 2]) << 8 | data[at + 3];
    if (length < 2 || at + 2 + length > data.size()) return fault("a segment is longer than the file", at);
    found.at = at + 4;
    found.end = at + 2 + length;
    return {};
}

// Big-endian numbers of one segment, whose length was checked by the caller.
class Numbers {
   public:
    Numbers(Bytes data, std::size_t at) : data_(data), at_(at) {}
    std::uint32_t take(int bytes) {
        std::uint32_t value = 0;
        for (; bytes; --bytes) value = value << 8 | data_[at_++];
        return value;
    }
    // A number as mantissa and decimal exponent; nothing if the exponent is absurd.
    std::optional<double> scaled(int bytes) {
        const std::uint32_t exponent = take(1), mantissa = take(bytes);
        if (exponent > kMaxExponent) return std::nullopt;
        double scale = 1.0;
        for (std::uint32_t n = 0; n < exponent; ++n) scale *= 10.0;
        return mantissa / scale;
    }

   private:
    Bytes data_;
    std::size_t at_;
};

// Walks over the coefficients of some bands, row by row, and writes those that are not zero.
class Cursor {
   public:
    struct Bin {
        float width, edge;  // of a bin; from zero to the edge of the zero bin
    };

    Cursor(float* plane, std::size_t stride, const Band* bands, const Bin* bins, std::size_t count, float centre)
        : plane_(plane), stride_(stride), band_(bands), bin_(bins), end_(bands + count), centre_(centre) {
        enter();
    }
    bool done() const { return band_ == end_; }

    void put(int value) {  // not zero
        const auto v = static_cast<float>(value);
        *at_++ = value > 0 ? (v - centre_) * bin_->width + bin_->edge : (v + centre_) * bin_->width - bin_->edge;
        if (--row_left_ == 0) next_row();
    }
    // False if fewer than `run` coefficients are left.
    bool skip(std::size_t run) {
        while (run >= row_left_) {
            run -= row_left_;
            next_row();
            if (done()) return run == 0;
        }
        at_ += run;
        row_left_ -= run;
        return true;
    }

   private:
    void enter() {
        while (band_ != end_ && (bin_->width == 0.0f || band_->width == 0 || band_->height == 0)) ++band_, ++bin_;
        if (band_ == end_) return;
        row_ = plane_ + band_->y * stride_ + band_->x;
        at_ = row_;
        rows_left_ = band_->height;
        row_left_ = band_->width;
    }
    void next_row() {
        if (--rows_left_) {
            row_ += stride_;
            at_ = row_;
            row_left_ = band_->width;
            return;
        }
        ++band_, ++bin_;
        enter();
    }

    float* plane_;
    std::size_t stride_;
    const Band* band_;
    const Bin* bin_;
    const Band* end_;
    float centre_;
    float *row_ = nullptr, *at_ = nullptr;
    std::size_t rows_left_ = 0, row_left_ = 0;
};

Fault read_block(BitReader& reader, const Reading& table, Cursor& cursor) {
    while (!cursor.done()) {
        if (reader.have() < 2 * kMaxCodeBits) reader.fill();
        const Reading::Found found = table.find(reader.front());
        const bool whole = found.length && found.length <= reader.have();
        if (!whole) {
            if (reader.pass_restart()) continue;
            return fault(reader.have() < kMaxCodeBits ? "a block ends before its coefficients do" : "a code is in no Huffman table",
                         reader.at());
        }
        reader.drop(found.length);
        const int symbol = found.symbol;
        if (symbol >= kFirstValue && symbol <= kLastValue) {
            if (symbol != kZeroValue) {
                cursor.put(symbol - kZeroValue);
                continue;
            }
            cursor.skip(1);
            continue;
        }
        std::size_t run = static_cast<std::size_t>(symbol);
        if (symbol > kLongestShortRun || symbol == 0) {
            if (symbol < kPositive8 || symbol > kRun16) return fault("a code stands for no coefficient", reader.at());
            const int bits = symbol == kPositive8 || symbol == kNegative8 || symbol == kRun8 ? 8 : 16;
            if (reader.have() < bits) return fault("a block ends within a coefficient", reader.at());
            run = static_cast<std::size_t>(reader.front() >> (64 - bits));
            reader.drop(bits);
            if (symbol < kRun8) {
                const int size = static_cast<int>(run);
                if (size == 0) {
                    cursor.skip(1);
                } else {
                    cursor.put(symbol == kPositive8 || symbol == kPositive16 ? size : -size);
                }
                continue;
            }
        }
        if (!cursor.skip(run)) return fault("a run of zeros is longer than its block", reader.at());
    }
    reader.fill();
    return reader.have() < 8 ? Fault{} : fault("a block goes on after its last coefficient", reader.at());
}

class Decoder {
   public:
    Decoder(Bytes data, const Frame& expected) : data_(data), expected_(expected) {}

    Fault run(std::vector<std::uint8_t>& pixels) {
        Segment segment;
        if (Fault f = segment_at(data_, 0, segment)) return f;
        if (segment.marker != kSoi) return fault("the file does not begin as a WSQ file", 0);
        for (std::size_t at = segment.end;; at = next_) {
            if (Fault f = segment_at(data_, at, segment)) return f;
            next_ = segment.end;
            if (segment.marker == kEoi) break;
            if (Fault f = read(segment)) return f;
        }
        if (!started_) return fault("the file holds no block of coefficients", segment.at);
        for (; block_ < kBlocks; ++block_) {
            if (coefficients_[block_]) return fault("the file ends before its last block", segment.at);
        }
        finish(pixels);
        return {};
    }

   private:
    Fault read(const Segment& s) {
        const bool tables = s.marker == kSof || s.marker == kDtt || s.marker == kDqt;
        if (started_ && tables) return fault("a table of the frame comes after the first block", s.at);
        switch (s.marker) {
            case kSof: return frame(s);
            case kDtt: return filters(s);
            case kDqt: return quantisation(s);
            case kDht: return codes(s);
            case kSob: return block(s);
            case kCom: return {};
            case kDrt: return {};  // where restarts stand is seen from their own markers
            default: return fault("a marker stands where none of its kind may", s.at);
        }
    }

    Fault frame(const Segment& s) {
        if (s.end - s.at != 15) return fault("the frame header has a wrong length", s.at);
        Numbers numbers(data_, s.at + 2);
        const std::size_t height = numbers.take(2), width = numbers.take(2);
        if (width != expected_.width || height != expected_.height) return fault("the frame header changes the image's size", s.at);
        const auto shift = numbers.scaled(2), scale = numbers.scaled(2);
        if (!shift || !scale) return fault("the frame header holds a number out of range", s.at);
        shift_ = static_cast<float>(*shift);
        scale_ = static_cast<float>(*scale);
        framed_ = true;
        return {};
    }

    Fault filters(const Segment& s) {
        if (s.end - s.at < 2) return fault("the table of filters has a wrong length", s.at);
        Numbers numbers(data_, s.at);
        const std::size_t low = numbers.take(1), high = numbers.take(1);
        if (low % 2 == 0 || high % 2 == 0 || low > kMaxTaps || high > kMaxTaps) {
            return fault("the filters have " + std::to_string(low) + " and " + std::to_string(high) +
                             " taps, not two odd numbers up to " + std::to_string(kMaxTaps),
                         s.at);
        }
        if (s.end - s.at != 2 + 6 * ((low + 1) / 2 + (high + 1) / 2)) return fault("the table of filters has a wrong length", s.at);
        const auto taps = [&](std::size_t length, Taps& into) {
            into.clear();
            for (std::size_t n = 0; n < (length + 1) / 2; ++n) {
                const bool negative = numbers.take(1) != 0;
                const std::optional<double> size = numbers.scaled(4);
                if (!size || *size > kLargestTap) return false;
                const double tap = *size < kSmallestTap ? 0.0 : *size;
                into.push_back(static_cast<float>(negative ? -tap : tap));
            }
            return true;
        };
        if (!taps(low, filters_.low) || !taps(high, filters_.high)) return fault("a filter has a tap out of range", s.at);
        return {};
    }

    Fault quantisation(const Segment& s) {
        if (s.end - s.at != 3 + 6 * kBands) return fault("the table of quantisation has a wrong length", s.at);
        Numbers numbers(data_, s.at);
        const auto centre = numbers.scaled(2);
        bool sound = centre.has_value();
        for (std::size_t k = 0; k < kBands; ++k) {
            const auto width = numbers.scaled(2), zero = numbers.scaled(2);
            sound = sound && width && zero;
            if (sound && k < kSentBands) bins_[k] = {static_cast<float>(*width), static_cast<float>(*zero / 2.0)};
        }
        if (!sound) return fault("the table of quantisation holds a number out of range", s.at);
        centre_ = static_cast<float>(*centre);
        quantised_ = true;
        return {};
    }

    Fault codes(const Segment& s) {
        for (std::size_t at = s.at; at < s.end;) {
            if (s.end - at < 17) return fault("a Huffman table has a wrong length", at);
            Numbers numbers(data_, at);
            const std::size_t id = numbers.take(1);
            CodeLengths lengths;
            std::size_t total = 0;
            for (std::uint8_t& count : lengths.counts) total += count = static_cast<std::uint8_t>(numbers.take(1));
            if (id >= tables_.size()) return fault("a Huffman table has a number over 7", at);
            if (total > 256 || s.end - at - 17 < total) return fault("a Huffman table has a wrong length", at);
            for (std::size_t n = 0; n < total; ++n) lengths.symbols.push_back(static_cast<std::uint8_t>(numbers.take(1)));
            if (!tables_[id].build(lengths)) return fault("a Huffman table has more codes than their lengths allow", at);
            at += 17 + total;
        }
        return {};
    }

    Fault start(std::size_t at) {
        if (!framed_) return fault("a block comes before the frame header", at);
        if (filters_.low.empty() || filters_.high.empty()) return fault("a block comes before the table of filters", at);
        if (!quantised_) return fault("a block comes before the table of quantisation", at);
        tree_ = tree_of(expected_.width, expected_.height);
        std::size_t total = 0;
        for (std::size_t block = 0; block < kBlocks; ++block) {
            for (std::size_t k = kBlockStarts[block]; k < kBlockStarts[block + 1]; ++k) {
                if (bins_[k].width != 0.0f) coefficients_[block] += tree_.bands[k].width * tree_.bands[k].height;
            }
            total += coefficients_[block];
        }
        if (total / kMostPerByte > data_.size() - at) return fault("the file is too short for an image of its size", at);
        if (total) plane_.assign(expected_.width * expected_.height, 0.0f);
        started_ = true;
        return {};
    }

    Fault block(const Segment& s) {
        if (s.end - s.at != 1) return fault("a block header has a wrong length", s.at);
        if (!started_) {
            if (Fault f = start(s.at)) return f;
        }
        if (block_ == kBlocks) return fault("the file holds more than three blocks", s.at);
        const std::uint8_t id = data_[s.at];
        if (coefficients_[block_] && (id >= tables_.size() || !tables_[id].ready())) {
            return fault("a block names a Huffman table that was not sent", s.at);
        }
        const std::size_t first = kBlockStarts[block_], count = coefficients_[block_] ? kBlockStarts[block_ + 1] - first : 0;
        Cursor cursor(plane_.data(), expected_.width, &tree_.bands[first], &bins_[first], count, centre_);
        BitReader reader(data_, s.end);
        if (Fault f = read_block(reader, tables_[id < tables_.size() ? id : 0], cursor)) return f;
        next_ = reader.at();
        ++block_;
        return {};
    }

    void finish(std::vector<std::uint8_t>& pixels) {
        if (plane_.empty()) {
            pixels.assign(expected_.width * expected_.height, grey(0.0f));
            return;
        }
        synthesise(plane_, expected_.width, tree_, filters_);
        pixels.resize(plane_.size());
        for (std::size_t n = 0; n < plane_.size(); ++n) pixels[n] = grey(plane_[n]);
    }

    // What is not a number becomes black, like everything below zero.
    std::uint8_t grey(float value) const {
        const float level = value * scale_ + shift_ + 0.5f;
        return static_cast<std::uint8_t>(static_cast<int>(level > 0.0f ? std::min(level, 255.0f) : 0.0f));
    }

    Bytes data_;
    Frame expected_;
    std::size_t next_ = 0;
    bool framed_ = false, quantised_ = false, started_ = false;
    float shift_ = 0.0f, scale_ = 1.0f, centre_ = 0.0f;
    Filters filters_;
    std::array<Cursor::Bin, kSentBands> bins_{};
    std::array<Reading, 8> tables_;
    Tree tree_;
    std::array<std::size_t, kBlocks> coefficients_{};
    std::size_t block_ = 0;
    std::vector<float> plane_;
};

}  // namespace

Fault read_frame(Bytes data, Frame& frame) {
    Segment segment;
    if (Fault f = segment_at(data, 0, segment)) return f;
    if (segment.marker != kSoi) return fault("the file does not begin as a WSQ file", 0);
    while (segment.marker != kSof) {
        if (Fault f = segment_at(data, segment.end, segment)) return f;
        if (segment.marker == kSob || segment.marker == kEoi) return fault("a frame header is missing", segment.at);
    }
    if (segment.end - segment.at != 15) return fault("the frame header has a wrong length", segment.at);
    Numbers numbers(data, segment.at + 2);
    frame.height = numbers.take(2);
    frame.width = numbers.take(2);
    return {};
}

Fault decode(Bytes data, const Frame& expected, std::vector<std::uint8_t>& pixels) { return Decoder(data, expected).run(pixels); }

}  // namespace tenprint::wsq
