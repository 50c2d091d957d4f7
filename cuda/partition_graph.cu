// Host code only; a .cu so that it is compiled with the flags of the partition's kernels.
#include "cuda/partition_graph.h"

#include <algorithm>
#include <array>
#include <map>

#include "cuda/entropy_math.h"

namespace gpst::cuda {
namespace {

using Bounds = std::array<int, 4>;  // x0, y0, x1, y1, inclusive

// A number of regions above what anyone asks for stands for all larger ones.
constexpr int64_t kMany = int64_t{1} << 40;

class GraphBuilder {
 public:
  GraphBuilder(int minhw, int tokens) : minhw_(minhw), tokens_(tokens) {}

  // Breadth first: depth by depth, each region once.
  void build(const Bounds& whole) {
    add(whole);
    for (size_t next = 0; next < nodes_.size(); ++next) {
      // With as many cuts behind it the list is full: what comes after is never asked for.
      if (can_be_cut(nodes_[next]) && depths_[next] < tokens_ - 1) cut(next);
    }
  }

  PartitionGraph graph() const {
    PartitionGraph graph;
    graph.most_regions = count_regions();
    std::vector<int> number(nodes_.size());
    int next = 0;
    for (const bool cuttable : {true, false}) {
      for (size_t i = 0; i < nodes_.size(); ++i) {
        if (can_be_cut(nodes_[i]) == cuttable) number[i] = next++;
      }
      if (cuttable) graph.cuttable = next;
    }
    graph.nodes.resize(nodes_.size());
    const auto renumbered = [&number](int child) {
      return child < 0 ? -1 : number[static_cast<size_t>(child)];
    };
    for (size_t i = 0; i < nodes_.size(); ++i) {
      PartitionNode node = nodes_[i];
      for (int* child : {&node.left, &node.right, &node.top, &node.bottom}) {
        *child = renumbered(*child);
      }
      graph.has_rows = graph.has_rows || node.top >= 0;
      graph.nodes[static_cast<size_t>(number[i])] = node;
    }
    return graph;
  }

 private:
  bool can_be_cut(const PartitionNode& n) const {
    return n.x1 - n.x0 > minhw_ || n.y1 - n.y0 > minhw_;
  }

  int add(const Bounds& bounds, int depth = 0) {
    const auto [place, is_new] = known_.emplace(bounds, static_cast<int>(nodes_.size()));
    if (is_new) {
      nodes_.push_back({bounds[0], bounds[1], bounds[2], bounds[3], -1, -1, -1, -1});
      depths_.push_back(depth);
    }
    return place->second;
  }

  void cut(size_t index) {
    PartitionNode n = nodes_[index];
    const int width = n.x1 - n.x0 + 1, height = n.y1 - n.y0 + 1, depth = depths_[index] + 1;
    if (width >= height) {
      const int middle = n.x0 + width / 2;
      n.left = add({n.x0, n.y0, middle - 1, n.y1}, depth);
      n.right = add({middle, n.y0, n.x1, n.y1}, depth);
    }
    if (height >= width) {
      const int middle = n.y0 + height / 2;
      n.top = add({n.x0, n.y0, n.x1, middle - 1}, depth);
      n.bottom = add({n.x0, middle, n.x1, n.y1}, depth);
    }
    nodes_[index] = n;
  }

  // Children come after their parents. Both cuts of a square lead to as many regions.
  int64_t count_regions() const {
    std::vector<int64_t> count(nodes_.size(), 1);
    for (size_t i = nodes_.size(); i-- > 0;) {
      const PartitionNode& n = nodes_[i];
      const int first = n.left >= 0 ? n.left : n.top;
      const int second = n.left >= 0 ? n.right : n.bottom;
      if (first < 0) continue;
      count[i] =
          std::min(count[static_cast<size_t>(first)] + count[static_cast<size_t>(second)], kMany);
    }
    return count.front();
  }

  int minhw_, tokens_;
  std::vector<PartitionNode> nodes_;
  std::vector<int> depths_;
  std::map<Bounds, int> known_;
};

}  // namespace

PartitionGraph partition_graph(int width, int height, int minhw, int tokens) {
  GraphBuilder builder(minhw, tokens);
  builder.build({0, 0, width - 1, height - 1});
  return builder.graph();
}

std::vector<double> entropy_terms() {
  std::vector<double> terms(entropy_math::kPixels + 1);
  for (int count = 0; count <= entropy_math::kPixels; ++count) {
    terms[static_cast<size_t>(count)] = entropy_math::term(count, entropy_math::kPixels);
  }
  return terms;
}

}  // namespace gpst::cuda
