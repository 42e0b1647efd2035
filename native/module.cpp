// The Python door of the native core: argument checks and nothing else.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <thread>

#include "leader/network.hpp"
#include "match/mcc.hpp"
#include "wsq/wsq.hpp"

namespace nb = nanobind;
using namespace tenprint::match;

namespace {

using CodeArray = nb::ndarray<const std::uint64_t, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
using PointArray = nb::ndarray<const std::int64_t, nb::ndim<2>, nb::c_contig, nb::device::cpu>;

Code view(const CodeArray& array) {
    if (array.shape(1) != kWords || array.shape(0) > kMaxPoints) {
        throw nb::value_error("expected the cylinders of one finger: (n <= 255, 8) uint64, C-contiguous");
    }
    return {reinterpret_cast<const Cylinder*>(array.data()), array.shape(0)};
}

// Makes a (rows, columns) array that owns its memory.
template <typename T>
nb::ndarray<nb::numpy, T, nb::ndim<2>> hand_over(std::vector<T> values, std::size_t rows, std::size_t columns) {
    auto held = std::make_unique<std::vector<T>>(std::move(values));
    T* data = held->data();
    nb::capsule owner(held.release(), [](void* p) noexcept { delete static_cast<std::vector<T>*>(p); });
    return {data, {rows, columns}, owner};
}

// Run `work(index, scratch)` for every index below `count` on up to `threads` threads; the results do not depend on how many.
template <typename Work>
void spread(std::size_t count, std::size_t threads, const Work& work) {
    std::atomic<std::size_t> next{0};
    const auto run = [&] {
        Workspace scratch;
        for (std::size_t at; (at = next.fetch_add(1)) < count;) work(at, scratch);
    };
    const std::size_t extra = std::min(threads, count) > 1 ? std::min(threads, count) - 1 : 0;
    std::vector<std::jthread> crew;
    for (std::size_t n = 0; n < extra; ++n) crew.emplace_back(run);
    run();
}

class Kernel {
   public:
    Kernel(const std::vector<std::int64_t>& scalars, const std::vector<std::vector<std::int64_t>>& arrays) {
        std::int64_t* const into[] = {&t_.min_quality, &t_.max_minutiae, &t_.omega, &t_.reach, &t_.min_valid, &t_.min_minutiae,
                                      &t_.mu_psi, &t_.min_both, &t_.max_turn, &t_.repeats, &t_.relaxations};
        if (scalars.size() != std::size(into) || arrays.size() != 10) {
            throw nb::value_error("expected the 11 scalars and 10 arrays of a tables file, in its order");
        }
        for (std::size_t n = 0; n < scalars.size(); ++n) *into[n] = scalars[n];
        std::vector<std::int64_t>* const tables[] = {&t_.sine, &t_.cells, &t_.spatial, &t_.directional, &t_.root,
                                                     &t_.arctan, &t_.stretch, &t_.twist, &t_.swing, &t_.pairs};
        for (std::size_t n = 0; n < arrays.size(); ++n) *tables[n] = arrays[n];
        check();
        t_.narrow_root.assign(t_.root.begin(), t_.root.end());
        // Words that no cylinder of ours holds could have all 64 bits set: they must not lead outside the table.
        t_.narrow_root.resize(std::max(t_.narrow_root.size(), kSections * 64 + 1), t_.narrow_root.back());
    }

    nb::ndarray<nb::numpy, std::uint64_t, nb::ndim<2>> prepare(const PointArray& points) const {
        if (points.shape(1) != 3 || points.shape(0) > kMaxPoints) {
            throw nb::value_error("expected minutiae as (n <= 255, 3) int64: x, y, theta");
        }
        std::vector<Point> list;
        for (std::size_t n = 0; n < points.shape(0); ++n) {
            for (std::size_t c = 0; c < 3; ++c) {
                if (points(n, c) < 0 || points(n, c) > 65535) throw nb::value_error("minutia outside 0 to 65535");
            }
            list.push_back({static_cast<std::int32_t>(points(n, 0)), static_cast<std::int32_t>(points(n, 1)),
                            static_cast<std::int32_t>(points(n, 2))});
        }
        std::vector<std::uint64_t> words;
        std::size_t rows = 0;
        {
            nb::gil_scoped_release release;
            for (const Cylinder& row : cylinders(list, t_)) {
                words.insert(words.end(), row.begin(), row.end());
                ++rows;
            }
        }
        return hand_over(std::move(words), rows, kWords);
    }

    std::int64_t compare(const CodeArray& a, const CodeArray& b) const {
        const Code first = view(a), second = view(b);
        nb::gil_scoped_release release;
        Workspace scratch;
        return score(first, second, t_, scratch);
    }

    // probe: for every finger its cylinders; candidates: rows of as many fingers. (candidates, fingers), -1 where either is None.
    nb::ndarray<nb::numpy, std::int64_t, nb::ndim<2>> search(const nb::sequence& probe, const nb::sequence& candidates,
                                                               std::size_t threads) const {
        const std::vector<Held> asked = row_of(probe);
        std::vector<std::vector<Held>> rows;
        for (nb::handle candidate : candidates) {
            rows.push_back(row_of(nb::cast<nb::sequence>(candidate)));
            if (rows.back().size() != asked.size()) throw nb::value_error("probe and candidates differ in their number of places");
        }
        std::vector<std::int64_t> points(rows.size() * asked.size(), -1);
        {
            nb::gil_scoped_release release;
            spread(rows.size(), threads, [&](std::size_t at, Workspace& scratch) {
                for (std::size_t f = 0; f < asked.size(); ++f) {
                    if (!asked[f].present || !rows[at][f].present) continue;
                    points[at * asked.size() + f] = score(asked[f].code, rows[at][f].code, t_, scratch);
                }
            });
        }
        return hand_over(std::move(points), rows.size(), asked.size());
    }

   private:
    struct Held {
        bool present;
        Code code;
        CodeArray array;  // keeps the memory alive while the kernel reads it without the GIL
    };

    static std::vector<Held> row_of(const nb::sequence& fingers) {
        std::vector<Held> row;
        for (nb::handle finger : fingers) {
            if (finger.is_none()) {
                row.push_back({false, {}, {}});
                continue;
            }
            CodeArray array;
            if (!nb::try_cast(finger, array, false)) {
                throw nb::type_error("expected None or the cylinders of one finger: (n <= 255, 8) uint64, C-contiguous");
            }
            row.push_back({true, view(array), array});
        }
        return row;
    }

    void check() const {
        const auto within = [](const std::vector<std::int64_t>& values, std::int64_t low, std::int64_t high) {
            return std::all_of(values.begin(), values.end(), [=](std::int64_t v) { return low <= v && v <= high; });
        };
        const std::size_t cells = t_.cells.size() / 2;
        const bool sound = t_.sine.size() == 1024 && cells <= kMaxCells && t_.cells.size() % 2 == 0 && !t_.spatial.empty() &&
                           t_.directional.size() == kSections * 256 && t_.root.size() > cells * kSections && t_.arctan.size() == 1025 &&
                           !t_.pairs.empty() && within(t_.pairs, 1, 255) && within(t_.root, 0, 131071) &&
                           within(t_.stretch, 0, 32768) && within(t_.twist, 0, 32768) && within(t_.swing, 0, 32768) &&
                           t_.repeats >= 1 && t_.repeats <= 255 && t_.relaxations >= 0;
        if (!sound) throw nb::value_error("the tables do not have the sizes and ranges that the kernel needs");
    }

    Tables t_{};
};

using PixelArray = nb::ndarray<const std::uint8_t, nb::ndim<2>, nb::c_contig, nb::device::cpu>;

void raise(const tenprint::wsq::Fault& fault) {
    if (fault) throw nb::value_error((fault.what + " (byte " + std::to_string(fault.at) + ")").c_str());
}

tenprint::wsq::Bytes view(const nb::bytes& data) { return {static_cast<const std::uint8_t*>(data.data()), data.size()}; }

std::pair<std::size_t, std::size_t> wsq_frame(const nb::bytes& data) {
    tenprint::wsq::Frame frame;
    raise(tenprint::wsq::read_frame(view(data), frame));
    return {frame.width, frame.height};
}

nb::ndarray<nb::numpy, std::uint8_t, nb::ndim<2>> wsq_decode(const nb::bytes& data, std::size_t width, std::size_t height) {
    std::vector<std::uint8_t> pixels;
    tenprint::wsq::Fault fault;
    {
        nb::gil_scoped_release release;
        fault = tenprint::wsq::decode(view(data), {width, height}, pixels);
    }
    raise(fault);
    return hand_over(std::move(pixels), height, width);
}

nb::bytes wsq_encode(const PixelArray& pixels, double bitrate, const std::string& comment) {
    const std::size_t height = pixels.shape(0), width = pixels.shape(1);
    if (height < 1 || width < 1 || height > 65535 || width > 65535) throw nb::value_error("expected 1 to 65535 pixels on each side");
    if (!(bitrate > 0.0 && bitrate <= 8.0)) throw nb::value_error("expected a bitrate above 0 and up to 8");
    if (comment.size() > 65533) throw nb::value_error("expected a comment of at most 65533 bytes");
    std::vector<std::uint8_t> file;
    {
        nb::gil_scoped_release release;
        file = tenprint::wsq::encode({pixels.data(), height * width}, {width, height}, bitrate, comment);
    }
    return nb::bytes(reinterpret_cast<const char*>(file.data()), file.size());
}

namespace leader = tenprint::leader;

std::span<const std::uint8_t> span_of(const nb::bytes& data) { return {static_cast<const std::uint8_t*>(data.data()), data.size()}; }

class Leader {
   public:
    Leader(const nb::bytes& weights, const std::string& kind) : network_(span_of(weights), kind) {}

    const char* kind() const { return network_.kind(); }

    double spin(double least) const {
        nb::gil_scoped_release release;
        return network_.spin(least);
    }

    nb::ndarray<nb::numpy, float, nb::ndim<2>> find(const PixelArray& pixels, float least) const {
        std::vector<float> rows;
        {
            nb::gil_scoped_release release;
            for (const leader::Found& one : network_.find(image(pixels), least)) {
                rows.insert(rows.end(), {static_cast<float>(one.x), static_cast<float>(one.y), one.confidence, one.direction, one.ending});
            }
        }
        const std::size_t count = rows.size() / 5;
        return hand_over(std::move(rows), count, 5);
    }

    nb::dict taps(const PixelArray& pixels) const {
        struct Kept {
            std::string stage;
            std::vector<float> values;
            std::size_t rows, channels;
        };
        std::vector<Kept> maps;
        {
            nb::gil_scoped_release release;
            network_.find(image(pixels), 1.0f, [&](const std::string& stage, const std::vector<float>& values, long rows, long, long channels) {
                maps.push_back({stage, values, static_cast<std::size_t>(rows), static_cast<std::size_t>(channels)});
            });
        }
        nb::dict all;
        for (Kept& kept : maps) {
            const std::size_t across = kept.values.size() / kept.rows;
            all[kept.stage.c_str()] = nb::make_tuple(hand_over(std::move(kept.values), kept.rows, across), kept.channels);
        }
        return all;
    }

   private:
    static leader::Image image(const PixelArray& pixels) {
        return {pixels.data(), static_cast<long>(pixels.shape(0)), static_cast<long>(pixels.shape(1))};
    }

    leader::Network network_;
};

}  // namespace

NB_MODULE(_native, m) {
    m.def("compiler", [] { return nb::str(__VERSION__); }, "The compiler that built the native core.");
    m.def("variant", &variant, "The instruction set that the loader chose for the matcher's loops.");
    m.def("wsq_frame", &wsq_frame, nb::arg("data"), "Width and height that a WSQ file's frame header gives; nothing is decoded.");
    m.def("wsq_decode", &wsq_decode, nb::arg("data"), nb::arg("width"), nb::arg("height"),
          "The (height, width) uint8 pixels of a WSQ file of exactly that size.");
    m.def("wsq_encode", &wsq_encode, nb::arg("pixels").noconvert(), nb::arg("bitrate"), nb::arg("comment"),
          "A WSQ file of (height, width) uint8 pixels.");
    m.def("leader_kinds", &leader::kinds, "Names of the LEADER kernels that this processor can run, the default one first.");
    nb::class_<Leader>(m, "Leader", "The LEADER network; immutable, safe on any number of threads.")
        .def(nb::init<const nb::bytes&, const std::string&>(), nb::arg("weights"), nb::arg("kind"))
        .def_prop_ro("kind", &Leader::kind, "The kernels that were chosen.")
        .def("find", &Leader::find, nb::arg("pixels").noconvert(), nb::arg("least"),
             "Minutiae (n, 5) float32 of (rows, columns) uint8: x, y, confidence, direction in radians, probability of a ridge ending.")
        .def("spin", &Leader::spin, nb::arg("least"), "Does at least so many multiply-adds in registers and returns how many.")
        .def("taps", &Leader::taps, nb::arg("pixels").noconvert(),
             "For each stage its output (rows, columns * channels) float32 and its channels: slow, for looking at a print.");
    nb::class_<Kernel>(m, "Mcc", "Cylinders and scores of one matcher version; immutable, safe on any number of threads.")
        .def(nb::init<const std::vector<std::int64_t>&, const std::vector<std::vector<std::int64_t>>&>(), nb::arg("scalars"),
             nb::arg("arrays"))
        .def("prepare", &Kernel::prepare, nb::arg("points").noconvert(), "The cylinders (m, 8) uint64 of minutiae (n, 3) int64.")
        .def("compare", &Kernel::compare, nb::arg("a").noconvert(), nb::arg("b").noconvert(), "Points of two fingers, 0 to 10000.")
        .def("search", &Kernel::search, nb::arg("probe"), nb::arg("candidates"), nb::arg("threads"),
             "Points (candidates, places) int64 of each place against the same place; -1 where either is None.");
}
