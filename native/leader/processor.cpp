// Which kernels this processor can run.
#include <stdexcept>

#include "network.hpp"
#include "processor.hpp"

namespace tenprint::leader {
namespace {

bool has_avx2() {
#if defined(__x86_64__)
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
    return false;
#endif
}

bool has_avx512() {
#if defined(TENPRINT_EMULATED)  // compiled without the instructions, so any processor runs it
    return true;
#elif defined(__x86_64__)
    return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512dq");
#else
    return false;
#endif
}

bool has_bf16() {
#if defined(TENPRINT_EMULATED)
    return true;
#elif defined(__x86_64__)
    return has_avx512() && __builtin_cpu_supports("avx512bf16");
#else
    return false;
#endif
}

struct Choice {
    const Kernels* kernels;
    bool runs, automatic;
};

// Best first. Here bfloat16 is not taken by itself: whoever asks compares it first (docs/adr).
std::vector<Choice> choices() {
    return {{bf16_kernels(), has_bf16(), false},     {avx512_kernels(), has_avx512(), true},
            {avx2_kernels(), has_avx2(), true},      {portable_kernels(), true, true},
            {avx2_bf16_kernels(), has_avx2(), false}};
}

}  // namespace

std::vector<std::string> kinds() {
    std::vector<std::string> names;
    for (const Choice& c : choices()) {
        if (c.kernels && c.runs) names.emplace_back(c.kernels->name);
    }
    return names;
}

const Kernels& kernels_of(const std::string& kind) {
    for (const Choice& c : choices()) {
        if (c.kernels && c.runs && (kind == c.kernels->name || (kind == "auto" && c.automatic))) return *c.kernels;
    }
    std::string allowed = "auto";
    for (const std::string& name : kinds()) allowed += ", " + name;
    throw std::invalid_argument("no kernels called '" + kind + "' run on this processor; allowed: " + allowed);
}

}  // namespace tenprint::leader
