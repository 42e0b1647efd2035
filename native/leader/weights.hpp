// The weights file that tools/convert_leader.py writes; its layout is described there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace tenprint::leader {

struct Tensor {
    std::vector<std::size_t> shape;
    std::vector<float> values;
    std::size_t outputs() const { return shape.at(0); }
    std::size_t inputs() const { return values.size() / shape.at(0); }
};

class Weights {
   public:
    // Throws std::invalid_argument, with the byte, if the file is not one of version 1 or is cut short.
    explicit Weights(std::span<const std::uint8_t> file);

    // Throws std::invalid_argument if there is no tensor of that name with that many outputs and inputs a output.
    const Tensor& get(const std::string& name, std::size_t outputs, std::size_t inputs) const;

   private:
    std::map<std::string, Tensor> tensors_;
};

}  // namespace tenprint::leader
