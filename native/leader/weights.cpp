#include "weights.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <stdexcept>

namespace tenprint::leader {
namespace {

constexpr char kMagic[] = "tenprint-leader\n";  // 16 bytes without the final zero
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kSource = 32;             // bytes of the ONNX file's SHA-256
constexpr std::size_t kMostTensors = 1000, kMostValues = 4'000'000;  // the network has 186 and 950,000: far less is wrong, far more too

static_assert(std::endian::native == std::endian::little, "the file's numbers are read as they lie");

class Reader {
   public:
    explicit Reader(std::span<const std::uint8_t> file) : file_(file) {}

    std::span<const std::uint8_t> take(std::size_t count) {
        if (count > file_.size() - at_) {
            throw std::invalid_argument("the weights file ends at byte " + std::to_string(file_.size()) + ", inside what begins at byte " +
                                        std::to_string(at_));
        }
        at_ += count;
        return file_.subspan(at_ - count, count);
    }
    std::uint32_t number() {
        std::uint32_t value;
        std::memcpy(&value, take(4).data(), 4);
        return value;
    }
    std::size_t byte() { return take(1)[0]; }
    bool done() const { return at_ == file_.size(); }

   private:
    std::span<const std::uint8_t> file_;
    std::size_t at_ = 0;
};

}  // namespace

Weights::Weights(std::span<const std::uint8_t> file) {
    Reader in(file);
    const auto magic = in.take(16);
    if (!std::equal(magic.begin(), magic.end(), kMagic)) throw std::invalid_argument("not a weights file: it begins otherwise");
    if (const auto version = in.number(); version != kVersion) {
        throw std::invalid_argument("weights file of version " + std::to_string(version) + "; allowed: 1");
    }
    in.take(kSource);
    const std::size_t count = in.number();
    if (count > kMostTensors) throw std::invalid_argument("weights file of " + std::to_string(count) + " tensors; allowed: 1000");
    for (std::size_t n = 0; n < count; ++n) {
        const auto label = in.take(in.byte());
        Tensor tensor;
        tensor.shape.resize(in.byte());
        std::size_t values = 1;
        for (std::size_t& side : tensor.shape) {
            side = in.number();
            if (side == 0 || side > kMostValues / values) throw std::invalid_argument("weights file with a tensor too large or empty");
            values *= side;
        }
        const auto bytes = in.take(4 * values);
        tensor.values.resize(values);
        std::memcpy(tensor.values.data(), bytes.data(), bytes.size());
        tensors_.emplace(std::string(label.begin(), label.end()), std::move(tensor));
    }
    if (!in.done()) throw std::invalid_argument("weights file with bytes after its last tensor");
}

const Tensor& Weights::get(const std::string& name, std::size_t outputs, std::size_t inputs) const {
    const auto found = tensors_.find(name);
    if (found == tensors_.end()) throw std::invalid_argument("weights file without " + name);
    const Tensor& tensor = found->second;
    if (tensor.shape.empty() || tensor.values.size() != outputs * inputs || (tensor.outputs() != outputs && tensor.values.size() != outputs)) {
        throw std::invalid_argument("weights file with another shape of " + name);
    }
    return tensor;
}

}  // namespace tenprint::leader
