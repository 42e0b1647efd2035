#pragma once

#include <string>

#include "kernels.hpp"

namespace tenprint::leader {

// The kernels of that name, the best of this processor for "auto". Throws std::invalid_argument if it has none.
const Kernels& kernels_of(const std::string& kind);

}  // namespace tenprint::leader
