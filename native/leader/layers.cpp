#include "layers.hpp"

#include <cmath>
#include <cstring>
#include <new>
#include <numeric>
#include <string>

namespace tenprint::leader {

Floats aligned_floats(std::size_t count) {
    const std::size_t bytes = (count * sizeof(float) + 63) / 64 * 64;
    auto* p = static_cast<float*>(std::aligned_alloc(64, bytes));
    if (!p) throw std::bad_alloc();
    std::memset(p, 0, bytes);
    return Floats(p);
}

namespace {

using Numbers = std::vector<double>;
using Order = std::vector<std::size_t>;  // for each of our channels the network's

struct Table {  // a 1×1 layer in double precision: outputs rows of inputs
    std::size_t outputs, inputs;
    Numbers values, bias;
    double& at(std::size_t o, std::size_t i) { return values[o * inputs + i]; }
    double at(std::size_t o, std::size_t i) const { return values[o * inputs + i]; }
};

Order plain(std::size_t count) {
    Order order(count);
    std::iota(order.begin(), order.end(), std::size_t{0});
    return order;
}

// The decoder's maps: the network has the doubled channels first, we have them after the skipped ones, whose number suits the vectors.
Order joined(std::size_t skipped, std::size_t doubled) {
    Order order;
    for (std::size_t n = 0; n < skipped; ++n) order.push_back(doubled + n);
    for (std::size_t n = 0; n < doubled; ++n) order.push_back(n);
    return order;
}

Table permuted(const Table& from, const Order& inputs) {
    Table to = from;
    for (std::size_t o = 0; o < from.outputs; ++o) {
        for (std::size_t i = 0; i < from.inputs; ++i) to.at(o, i) = from.at(o, inputs[i]);
    }
    return to;
}

// later(earlier(x))
Table after(const Table& later, const Table& earlier) {
    Table both{later.outputs, earlier.inputs, Numbers(later.outputs * earlier.inputs), later.bias};
    for (std::size_t o = 0; o < later.outputs; ++o) {
        for (std::size_t k = 0; k < later.inputs; ++k) {
            for (std::size_t i = 0; i < earlier.inputs; ++i) both.at(o, i) += later.at(o, k) * earlier.at(k, i);
            both.bias[o] += later.at(o, k) * earlier.bias[k];
        }
    }
    return both;
}

// Takes the mean over the outputs away, which the normalisation that follows would do.
void centre(Table& table) {
    const double share = 1.0 / static_cast<double>(table.outputs);
    for (std::size_t i = 0; i < table.inputs; ++i) {
        double mean = 0;
        for (std::size_t o = 0; o < table.outputs; ++o) mean += table.at(o, i) * share;
        for (std::size_t o = 0; o < table.outputs; ++o) table.at(o, i) -= mean;
    }
    double mean = 0;
    for (double b : table.bias) mean += b * share;
    for (double& b : table.bias) b -= mean;
}

// Takes the scale and shift of the normalisation before it in.
void take_in(Table& table, const Tensor& gamma, const Tensor& beta) {
    for (std::size_t o = 0; o < table.outputs; ++o) {
        for (std::size_t i = 0; i < table.inputs; ++i) {
            table.bias[o] += table.at(o, i) * beta.values[i];
            table.at(o, i) *= gamma.values[i];
        }
    }
}

std::uint32_t bf16(float f) {  // to nearest, ties to even
    std::uint32_t bits;
    std::memcpy(&bits, &f, 4);
    return (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
}

class Builder {
   public:
    Builder(const Weights& weights, const Kernels& kernels, std::vector<Floats>& held) : weights_(weights), k_(kernels), held_(held) {}

    std::size_t padded(std::size_t channels) const {
        const auto width = static_cast<std::size_t>(k_.width);
        return (channels + width - 1) / width * width;
    }

    float* keep(std::size_t count) {
        held_.push_back(aligned_floats(count));
        return held_.back().get();
    }

    const float* kept(const float* values, std::size_t count, std::size_t room) {
        float* p = keep(room);
        std::copy(values, values + count, p);
        return p;
    }
    const float* kept(const Numbers& values, std::size_t room) {
        float* p = keep(room);
        for (std::size_t n = 0; n < values.size(); ++n) p[n] = static_cast<float>(values[n]);
        return p;
    }

    Table table(const std::string& name, std::size_t outputs, std::size_t inputs) const {
        const Tensor& w = weights_.get(name, outputs, inputs);
        const Tensor& b = weights_.get(name + ".bias", outputs, 1);
        return {outputs, inputs, Numbers(w.values.begin(), w.values.end()), Numbers(b.values.begin(), b.values.end())};
    }

    // `chunk`: inputs that are packed together, one chunk after the other.
    Matrix pack(const Table& table, std::size_t chunk = 1u << 20) {
        const auto width = static_cast<std::size_t>(k_.width), most = width * static_cast<std::size_t>(k_.panel);
        const std::size_t columns = padded(table.outputs), step = k_.pairs ? 2 : 1;
        float* const words = keep(columns * (table.inputs + 1));
        std::size_t at = 0;
        const auto value = [&](std::size_t o, std::size_t i, std::size_t end) {
            return o < table.outputs && i < end ? static_cast<float>(table.at(o, i)) : 0.0f;
        };
        for (std::size_t first = 0; first < table.inputs; first += chunk) {
            const std::size_t end = std::min(first + chunk, table.inputs);
            for (std::size_t column = 0; column < columns; column += most) {
                const std::size_t wide = std::min(most, columns - column);
                for (std::size_t i = first; i < end; i += step) {
                    for (std::size_t o = column; o < column + wide; ++o) {
                        if (k_.pairs) {
                            const std::uint32_t pair = bf16(value(o, i, end)) | bf16(value(o, i + 1, end)) << 16;
                            std::memcpy(words + at++, &pair, 4);
                        } else {
                            words[at++] = value(o, i, end);
                        }
                    }
                }
            }
        }
        return {words, kept(table.bias, columns), static_cast<int>(table.inputs), static_cast<int>(columns)};
    }

    // (side², padded channels) of filters (channels, side²).
    const float* depthwise(const std::string& name, const Order& order, std::size_t taps) {
        const Tensor& t = weights_.get(name, order.size(), taps);
        const std::size_t room = padded(order.size());
        float* p = keep(taps * room);
        for (std::size_t c = 0; c < order.size(); ++c) {
            for (std::size_t k = 0; k < taps; ++k) p[k * room + c] = t.values[order[c] * taps + k];
        }
        return p;
    }

    Stem stem(const std::string& name, std::size_t channels, bool average) {
        const std::size_t half = channels / 2;
        Table both{channels, 25, {}, {}};
        for (const char* part : {".plain", ".dilated"}) {
            const Table t = table(name + part, half, 25);
            both.values.insert(both.values.end(), t.values.begin(), t.values.end());
            both.bias.insert(both.bias.end(), t.bias.begin(), t.bias.end());
        }
        // The mean over channels has taps of both kinds, which no channel has alone: it is left to the kernel.
        return {kept(both.values, channels * 25), kept(both.bias, channels), vector(name + ".gamma", channels), vector(name + ".beta", channels),
                static_cast<int>(channels), average};
    }

    const float* vector(const std::string& name, std::size_t count) {
        return kept(weights_.get(name, count, 1).values.data(), count, padded(count));
    }

    Separable separable(const std::string& name, const Order& inputs, std::size_t outputs) {
        Table pointwise = permuted(table(name + ".pointwise", outputs, inputs.size()), inputs);
        centre(pointwise);
        return {depthwise(name + ".depthwise", inputs, 25), static_cast<int>(padded(inputs.size())), pack(pointwise),
                vector(name + ".gamma", outputs), vector(name + ".beta", outputs), static_cast<int>(outputs)};
    }

    Attention attention(const Order& inputs) {
        Attention layer;
        const char* const names[] = {"attention.d1", "attention.d3", "attention.d6"};
        for (std::size_t d = 0; d < 3; ++d) {
            const Table t = table(names[d], 16, 32 * 9);
            Table turned = t;  // (outputs, channel, tap) becomes (outputs, tap, our channel)
            for (std::size_t o = 0; o < 16; ++o) {
                for (std::size_t k = 0; k < 9; ++k) {
                    for (std::size_t c = 0; c < 32; ++c) turned.at(o, k * 32 + c) = t.at(o, inputs[c] * 9 + k);
                }
            }
            layer.filters[d] = pack(turned);
        }
        const Table gate = table("attention.gate", 32, 48);
        Table ours = gate;
        for (std::size_t o = 0; o < 32; ++o) {
            for (std::size_t i = 0; i < 48; ++i) ours.at(o, i) = gate.at(inputs[o], i);
            ours.bias[o] = gate.bias[inputs[o]];
        }
        layer.gate = pack(ours);
        return layer;
    }

    // `last`: what follows the block's last layer, if that is linear.
    Block block(const std::string& name, const Order& inputs, std::size_t outputs, const Table* last = nullptr) {
        const std::size_t channels = inputs.size(), hidden = 4 * channels;
        Table expand = table(name + ".exp", hidden, channels);
        take_in(expand, weights_.get(name + ".gamma", channels, 1), weights_.get(name + ".beta", channels, 1));
        const Table reduce = table(name + ".red", channels, hidden);
        Table adjust = table(name + ".adj", outputs, channels);
        if (last) adjust = after(*last, adjust);
        Block block;
        block.taps = depthwise(name + ".depthwise", inputs, 49);
        block.channels = static_cast<int>(channels);
        block.padded = static_cast<int>(padded(channels));
        block.hidden = static_cast<int>(hidden);
        block.expand = pack(permuted(expand, inputs));
        block.folded = padded(adjust.outputs) <= padded(channels);
        if (block.folded) {
            const Table both = after(adjust, reduce);
            block.reduce = pack(both, kHidden);
            adjust.bias = both.bias;
            block.adjust = pack(permuted(adjust, inputs));
        } else {  // the sums are our channels, so both sides are reordered
            Table ours = reduce;
            for (std::size_t o = 0; o < channels; ++o) {
                for (std::size_t i = 0; i < hidden; ++i) ours.at(o, i) = reduce.at(inputs[o], i);
                ours.bias[o] = reduce.bias[inputs[o]];
            }
            block.reduce = pack(ours, kHidden);
            block.adjust = pack(permuted(adjust, inputs));
        }
        return block;
    }

    void head(const std::string& name, std::size_t outputs, const Order& inputs, Block& block_out, Tail& tail) {
        Table first = table(name + ".conv1", 4, 6);
        centre(first);
        block_out = block(name + "_ibc", inputs, 6, &first);
        Table mix = table(name + ".conv2", 4, 4);
        take_in(mix, weights_.get(name + ".gamma", 4, 1), weights_.get(name + ".beta", 4, 1));
        for (std::size_t o = 0; o < 4; ++o) {
            for (std::size_t i = 0; i < 4; ++i) tail.mix[o][i] = static_cast<float>(mix.at(o, i));
            tail.mix_bias[o] = static_cast<float>(mix.bias[o]);
        }
        const Table last = table(name + ".last", outputs, 4 * 25);
        for (std::size_t o = 0; o < outputs; ++o) {
            tail.last_bias[o] = static_cast<float>(last.bias[o]);
            for (std::size_t place = 0; place < 4; ++place) {
                for (std::size_t c = 0; c < 4; ++c) {
                    double sums[9] = {};
                    for (int dy = -2; dy <= 2; ++dy) {
                        for (int dx = -2; dx <= 2; ++dx) {  // the half-size pixel that the tap falls on, -1 to 1
                            const int y = (static_cast<int>(place / 2) + dy + 4) / 2 - 2, x = (static_cast<int>(place % 2) + dx + 4) / 2 - 2;
                            sums[(y + 1) * 3 + x + 1] += last.at(o, c * 25 + static_cast<std::size_t>((dy + 2) * 5 + dx + 2));
                        }
                    }
                    for (std::size_t k = 0; k < 9; ++k) tail.last[o][place][c][k] = static_cast<float>(sums[k]);
                }
            }
        }
    }

   private:
    const Weights& weights_;
    const Kernels& k_;
    std::vector<Floats>& held_;
};

}  // namespace

Layers::Layers(const Weights& weights, const Kernels& kernels) {
    Builder b(weights, kernels, held_);
    stems = {b.stem("stem0", 16, false), b.stem("stem1", 32, true)};
    small_down = {b.separable("enc0_0", plain(16), 16), b.separable("enc0_1", plain(16), 32), b.separable("enc0_2", plain(32), 64),
                  b.separable("enc0_3", plain(64), 128)};
    small_up = {b.separable("dec0_0", joined(32, 32), 16), b.separable("dec0_1", joined(64, 64), 32),
                b.separable("dec0_2", joined(128, 128), 64), b.separable("dec0_3", plain(128), 128)};
    Order gated = joined(16, 16);
    attention = b.attention(gated);
    for (std::size_t n = 0; n < 32; ++n) gated.push_back(32 + n);
    down = {b.block("enc1_0", gated, 32), b.block("enc1_1", plain(32), 64), b.block("enc1_2", plain(64), 128),
            b.block("enc1_3", plain(128), 32)};
    up = {b.block("dec1_0", joined(64, 42), 20), b.block("dec1_1", joined(128, 91), 42), b.block("dec1_2", joined(32, 27), 91),
          b.block("dec1_3", plain(32), 27)};
    const Order last = joined(32, 20);
    b.head("head_0", 1, last, heads[0], tails[0]);
    b.head("head_1", 2, last, heads[1], tails[1]);
    b.head("head_2", 1, last, heads[2], tails[2]);
    blur = b.kept(weights.get("blur", 1, 25).values.data(), 25, 25);
}

}  // namespace tenprint::leader
