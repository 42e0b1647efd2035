// Writing a WSQ file with the parameters of the standard's encoder: pair of 9 and 7 taps, bit allocation by variance.
#include <algorithm>
#include <array>
#include <cmath>

#include "huffman.hpp"

namespace tenprint::wsq {
namespace {

constexpr double kCentre = 0.44;         // where in its bin a coefficient is put back
constexpr double kZeroBin = 1.2;         // width of the zero bin, in bins
constexpr double kLoading = 2.5;         // standard deviations from the mean to the outermost bin, for the allocation
constexpr double kLeastVariance = 1.01;  // subbands with less are not sent
constexpr double kLeastDetail = 20000;   // sum of the first four variances below which whole subbands are measured
constexpr double kLargestValue = 32000;  // coefficients are written in 16 bits; readers in the field take them as signed
constexpr std::uint8_t kAlgorithm = 2;   // number of the encoding algorithm, as today's encoders write it
constexpr std::uint16_t kSoftware = 0;   // no certified implementation

using Bins = std::array<std::pair<double, double>, kSentBands>;  // width of the bins, width of the zero bin

// A positive number as a 16-bit mantissa and a decimal exponent.
struct Scaled {
    std::uint8_t exponent = 0;
    std::uint16_t mantissa = 0;
    explicit Scaled(double value) {
        if (value <= 0.0) return;
        double scaled = value;
        while (exponent < 15 && std::round(scaled * 10.0) <= 65535.0) {
            scaled *= 10.0;
            ++exponent;
        }
        mantissa = static_cast<std::uint16_t>(std::clamp(std::round(scaled), 0.0, 65535.0));
    }
    double value() const { return mantissa / std::pow(10.0, exponent); }
};

class File {
   public:
    std::vector<std::uint8_t> bytes;

    void number(std::uint32_t value, int size) {
        for (int n = size - 1; n >= 0; --n) bytes.push_back(static_cast<std::uint8_t>(value >> (8 * n)));
    }
    void marker(Marker marker) {
        bytes.push_back(0xFF);
        bytes.push_back(marker);
    }
    void segment(Marker kind, std::size_t body) {
        marker(kind);
        number(static_cast<std::uint32_t>(body + 2), 2);
    }
    void scaled(const Scaled& s) {
        number(s.exponent, 1);
        number(s.mantissa, 2);
    }
};

double variance(const std::vector<float>& plane, std::size_t stride, const Band& b) {
    const double n = static_cast<double>(b.width) * static_cast<double>(b.height);
    if (n < 2) return 0.0;
    double sum = 0.0, squares = 0.0;
    for (std::size_t y = b.y; y < b.y + b.height; ++y) {
        for (std::size_t x = b.x; x < b.x + b.width; ++x) {
            const double v = plane[y * stride + x];
            sum += v;
            squares += v * v;
        }
    }
    return std::max(0.0, (squares - sum * sum / n) / (n - 1));
}

// The middle of a subband: three quarters of its width, seven sixteenths of its height, where a finger's ridges are.
Band middle(const Band& b) {
    return {b.x + b.width / 8, b.y + 9 * b.height / 32, 3 * b.width / 4, 7 * b.height / 16};
}

std::array<double, kSentBands> variances(const std::vector<float>& plane, std::size_t stride, const Tree& tree) {
    std::array<double, kSentBands> found{};
    double coarse = 0.0;
    for (std::size_t k = 0; k < 4; ++k) coarse += found[k] = variance(plane, stride, middle(tree.bands[k]));
    const bool whole = coarse < kLeastDetail;
    for (std::size_t k = whole ? 0 : 4; k < kSentBands; ++k) {
        found[k] = variance(plane, stride, whole ? tree.bands[k] : middle(tree.bands[k]));
    }
    return found;
}

// The bit allocation: relative bin widths from the variances, then one common factor that meets the bitrate over the subbands
// with more than one bin. Those with one bin only don't count, but are quantised alike: a ridge may stand out of them.
Bins allocate(const std::array<double, kSentBands>& variance, double bitrate) {
    constexpr std::array<double, 8> weights{1.32, 1.08, 1.42, 1.08, 1.32, 1.42, 1.08, 1.08};
    std::array<double, kSentBands> width{}, share{};
    std::vector<std::size_t> counted;
    for (std::size_t k = 0; k < kSentBands; ++k) {
        share[k] = k < 4 ? 1.0 / 1024 : k < 51 ? 1.0 / 256 : 1.0 / 16;
        if (variance[k] < kLeastVariance) continue;
        width[k] = k < 4 ? 1.0 : 10.0 / ((k < 52 ? 1.0 : weights[k - 52]) * std::log(variance[k]));
        counted.push_back(k);
    }
    double factor = 1.0;
    while (!counted.empty()) {
        double total = 0.0, product = 0.0;
        for (const std::size_t k : counted) {
            total += share[k];
            product += share[k] * std::log(std::sqrt(variance[k]) / width[k]);
        }
        factor = std::exp2(bitrate / total - 1.0) / kLoading / std::exp(product / total);
        const auto one_bin = [&](std::size_t k) { return width[k] / factor >= 2.0 * kLoading * std::sqrt(variance[k]); };
        if (std::erase_if(counted, one_bin) == 0) break;
    }
    Bins bins{};
    for (std::size_t k = 0; k < kSentBands; ++k) bins[k] = {width[k] / factor, kZeroBin * width[k] / factor};
    return bins;
}

// Widens the bins of subbands whose largest coefficient would not fit: only far above the bitrates of the field.
void fit(Bins& bins, const std::vector<float>& plane, std::size_t stride, const Tree& tree) {
    for (std::size_t k = 0; k < kSentBands; ++k) {
        const Band& b = tree.bands[k];
        float peak = 0.0f;
        for (std::size_t y = b.y; y < b.y + b.height; ++y) {
            for (std::size_t x = b.x; x < b.x + b.width; ++x) peak = std::max(peak, std::abs(plane[y * stride + x]));
        }
        if (bins[k].first > 0.0 && peak / bins[k].first > kLargestValue) {
            bins[k] = {peak / kLargestValue, kZeroBin * peak / kLargestValue};
        }
    }
}

// Calls `symbol(symbol, extra bits, how many)` for every symbol of a block.
template <typename Symbol>
void symbols_of(const std::vector<std::int32_t>& values, const Symbol& symbol) {
    std::uint32_t run = 0;
    const auto end_run = [&] {
        if (run == 0) return;
        if (run <= static_cast<std::uint32_t>(kLongestShortRun)) {
            symbol(static_cast<int>(run), 0u, 0);
        } else {
            run < 256 ? symbol(kRun8, run, 8) : symbol(kRun16, run, 16);
        }
        run = 0;
    };
    for (const std::int32_t value : values) {
        if (value == 0) {
            if (++run == 65535) end_run();
            continue;
        }
        end_run();
        const std::uint32_t size = static_cast<std::uint32_t>(std::abs(value));
        if (value >= kFirstValue - kZeroValue && value <= kLastValue - kZeroValue) {
            symbol(value + kZeroValue, 0u, 0);
        } else if (size < 256) {
            symbol(value > 0 ? kPositive8 : kNegative8, size, 8);
        } else {
            symbol(value > 0 ? kPositive16 : kNegative16, size, 16);
        }
    }
    end_run();
}

void quantise(const std::vector<float>& plane, std::size_t stride, const Band& b, const std::pair<double, double>& bin,
              std::vector<std::int32_t>& into) {
    const auto [width, zero] = bin;
    for (std::size_t y = b.y; y < b.y + b.height; ++y) {
        for (std::size_t x = b.x; x < b.x + b.width; ++x) {
            const double v = plane[y * stride + x], beyond = std::abs(v) - zero / 2.0;
            const double size = beyond > 0.0 ? std::min(std::floor(beyond / width) + 1.0, 32767.0) : 0.0;
            into.push_back(static_cast<std::int32_t>(v < 0 ? -size : size));
        }
    }
}

void write_filters(File& file) {
    const Filters filters = standard_filters();
    file.segment(kDtt, 2 + 6 * (filters.low.size() + filters.high.size()));
    file.number(static_cast<std::uint32_t>(2 * filters.low.size() - 1), 1);
    file.number(static_cast<std::uint32_t>(2 * filters.high.size() - 1), 1);
    for (const Taps* taps : {&filters.low, &filters.high}) {
        for (const float tap : *taps) {
            double scaled = std::abs(static_cast<double>(tap));
            std::uint32_t exponent = 0;
            for (; scaled * 10.0 < 4294967295.0; scaled *= 10.0) ++exponent;
            file.number(tap < 0.0f, 1);
            file.number(exponent, 1);
            file.number(static_cast<std::uint32_t>(std::llround(scaled)), 4);
        }
    }
}

// Rounds the bins to what the file can hold: the coefficients are counted in the bins that a reader will see.
void write_bins(File& file, Bins& bins) {
    file.segment(kDqt, 3 + 6 * kBands);
    file.scaled(Scaled(kCentre));
    for (auto& [width, zero] : bins) {
        const Scaled w(width), z(zero);
        width = w.value();
        zero = z.value();
        file.scaled(w);
        file.scaled(z);
    }
    file.bytes.insert(file.bytes.end(), 6 * (kBands - kSentBands), 0);
}

void write_codes(File& file, std::uint8_t id, const CodeLengths& lengths) {
    file.segment(kDht, 17 + lengths.symbols.size());
    file.number(id, 1);
    file.bytes.insert(file.bytes.end(), lengths.counts.begin(), lengths.counts.end());
    file.bytes.insert(file.bytes.end(), lengths.symbols.begin(), lengths.symbols.end());
}

void write_block(File& file, std::uint8_t id, const Writing& codes, const std::vector<std::int32_t>& values) {
    file.segment(kSob, 1);
    file.number(id, 1);
    BitWriter writer(file.bytes);
    symbols_of(values, [&](int symbol, std::uint32_t extra, int bits) {
        writer.put(codes.code[static_cast<std::size_t>(symbol)], codes.length[static_cast<std::size_t>(symbol)]);
        if (bits) writer.put(extra, bits);
    });
    writer.finish();
}

CodeLengths codes_for(std::initializer_list<const std::vector<std::int32_t>*> blocks) {
    std::array<std::uint32_t, 256> frequency{};
    for (const auto* block : blocks) {
        symbols_of(*block, [&](int symbol, std::uint32_t, int) { ++frequency[static_cast<std::size_t>(symbol)]; });
    }
    return lengths_for(frequency);
}

}  // namespace

std::vector<std::uint8_t> encode(Bytes pixels, const Frame& frame, double bitrate, const std::string& comment) {
    std::uint64_t sum = 0;
    std::uint8_t darkest = 255, lightest = 0;
    for (const std::uint8_t p : pixels) {
        sum += p;
        darkest = std::min(darkest, p);
        lightest = std::max(lightest, p);
    }
    const Scaled shift(static_cast<double>(sum) / static_cast<double>(pixels.size()));
    const double reach = std::max(lightest - shift.value(), shift.value() - darkest);
    const Scaled scale(lightest > darkest ? reach / 128.0 : 1.0);
    std::vector<float> plane(pixels.size());
    const double middle_grey = shift.value(), unit = scale.value();
    std::transform(pixels.begin(), pixels.end(), plane.begin(),
                   [&](std::uint8_t p) { return static_cast<float>((p - middle_grey) / unit); });

    const Tree tree = tree_of(frame.width, frame.height);
    analyse(plane, frame.width, tree, standard_filters());
    Bins bins = allocate(variances(plane, frame.width, tree), bitrate);
    fit(bins, plane, frame.width, tree);

    File file;
    file.marker(kSoi);
    file.segment(kCom, comment.size());
    file.bytes.insert(file.bytes.end(), comment.begin(), comment.end());
    write_filters(file);
    write_bins(file, bins);
    file.segment(kSof, 15);
    file.number(0x00FF, 2);  // black and white of the scanner
    file.number(static_cast<std::uint32_t>(frame.height), 2);
    file.number(static_cast<std::uint32_t>(frame.width), 2);
    file.scaled(shift);
    file.scaled(scale);
    file.number(kAlgorithm, 1);
    file.number(kSoftware, 2);

    std::array<std::vector<std::int32_t>, kBlocks> blocks;
    for (std::size_t block = 0; block < kBlocks; ++block) {
        for (std::size_t k = kBlockStarts[block]; k < kBlockStarts[block + 1]; ++k) {
            if (bins[k].first > 0.0) quantise(plane, frame.width, tree.bands[k], bins[k], blocks[block]);
        }
    }
    const CodeLengths coarse = codes_for({&blocks[0]}), fine = codes_for({&blocks[1], &blocks[2]});
    write_codes(file, 0, coarse);
    write_block(file, 0, Writing(coarse), blocks[0]);
    write_codes(file, 1, fine);
    write_block(file, 1, Writing(fine), blocks[1]);
    write_block(file, 1, Writing(fine), blocks[2]);
    file.marker(kEoi);
    return std::move(file.bytes);
}

}  // namespace tenprint::wsq
