// The fixed tree of 64 subbands (IAFIS-IC-0110, figure of the decomposition), for any size of image.
#include "format.hpp"

namespace tenprint::wsq {
namespace {

// The four children of a node from the top left to the bottom right. The low half of an odd length is the longer one.
std::array<Node, 4> split(const Node& node) {
    const Band& a = node.area;
    const std::size_t left = node.mirrored_x ? a.width / 2 : (a.width + 1) / 2;
    const std::size_t top = node.mirrored_y ? a.height / 2 : (a.height + 1) / 2;
    const std::size_t right = a.width - left, bottom = a.height - top;
    return {{{{a.x, a.y, left, top}, false, false},
             {{a.x + left, a.y, right, top}, true, false},
             {{a.x, a.y + top, left, bottom}, false, true},
             {{a.x + left, a.y + top, right, bottom}, true, true}}};
}

class Builder {
   public:
    explicit Builder(Tree& tree) : tree_(tree) {}

    std::array<Node, 4> branch(const Node& node) {
        tree_.nodes.push_back(node);
        return split(node);
    }

    void leaf(const Node& node) { tree_.bands[next_++] = node.area; }

    void leaves(const Node& node) {
        for (const Node& child : branch(node)) leaf(child);
    }

   private:
    Tree& tree_;
    std::size_t next_ = 0;
};

}  // namespace

Tree tree_of(std::size_t width, std::size_t height) {
    Tree tree;
    Builder builder(tree);
    const auto halves = builder.branch({{0, 0, width, height}, false, false});
    const auto quarters = builder.branch(halves[0]);
    const auto eighths = builder.branch(quarters[0]);
    const auto sixteenths = builder.branch(eighths[0]);
    builder.leaves(sixteenths[0]);                                             // 0 to 3
    for (std::size_t n = 1; n < 4; ++n) builder.leaf(sixteenths[n]);           // 4 to 6
    for (std::size_t n = 1; n < 4; ++n) builder.leaves(eighths[n]);            // 7 to 18
    for (std::size_t n = 1; n < 3; ++n) {                                      // 19 to 34, 35 to 50
        for (const Node& child : builder.branch(quarters[n])) builder.leaves(child);
    }
    builder.leaf(quarters[3]);                                                 // 51
    builder.leaves(halves[1]);                                                 // 52 to 55
    builder.leaves(halves[2]);                                                 // 56 to 59
    return tree;
}

}  // namespace tenprint::wsq
