#include "eval/inception_graph.h"

#include <utility>

namespace gpst {
namespace {

using Unit = InceptionUnit;
using Pool = InceptionPool;

// The units that occur, each keeping the side but for stride 2.
Unit unit_1x1(std::string name, int64_t out) { return {std::move(name), out}; }
Unit unit_1x3(std::string name, int64_t out) { return {std::move(name), out, 1, 3, 1, 0, 1}; }
Unit unit_3x1(std::string name, int64_t out) { return {std::move(name), out, 3, 1, 1, 1, 0}; }
Unit unit_3x3(std::string name, int64_t out) { return {std::move(name), out, 3, 3, 1, 1, 1}; }
Unit halving_3x3(std::string name, int64_t out) { return {std::move(name), out, 3, 3, 2, 0, 0}; }
Unit unit_5x5(std::string name, int64_t out) { return {std::move(name), out, 5, 5, 1, 2, 2}; }
Unit unit_1x7(std::string name, int64_t out) { return {std::move(name), out, 1, 7, 1, 0, 3}; }
Unit unit_7x1(std::string name, int64_t out) { return {std::move(name), out, 7, 1, 1, 3, 0}; }

InceptionStage single(std::string name, int64_t side, Unit unit) {
  return {std::move(name), side, {{.chain = {std::move(unit)}}}};
}

InceptionStage max_pool(std::string name, int64_t side) {
  return {std::move(name), side, {{.pool = Pool::max_stride_2, .chain = {}}}};
}

InceptionStage block_a(std::string name, int64_t pool_out) {
  return {std::move(name),
          35,
          {{.chain = {unit_1x1("branch1x1", 64)}},
           {.chain = {unit_1x1("branch5x5_1", 48), unit_5x5("branch5x5_2", 64)}},
           {.chain = {unit_1x1("branch3x3dbl_1", 64), unit_3x3("branch3x3dbl_2", 96),
                      unit_3x3("branch3x3dbl_3", 96)}},
           {.pool = Pool::average, .chain = {unit_1x1("branch_pool", pool_out)}}}};
}

InceptionStage block_b(std::string name) {
  return {std::move(name),
          35,
          {{.chain = {halving_3x3("branch3x3", 384)}},
           {.chain = {unit_1x1("branch3x3dbl_1", 64), unit_3x3("branch3x3dbl_2", 96),
                      halving_3x3("branch3x3dbl_3", 96)}},
           {.pool = Pool::max_stride_2, .chain = {}}}};
}

InceptionStage block_c(std::string name, int64_t inner) {
  return {std::move(name),
          17,
          {{.chain = {unit_1x1("branch1x1", 192)}},
           {.chain = {unit_1x1("branch7x7_1", inner), unit_1x7("branch7x7_2", inner),
                      unit_7x1("branch7x7_3", 192)}},
           {.chain = {unit_1x1("branch7x7dbl_1", inner), unit_7x1("branch7x7dbl_2", inner),
                      unit_1x7("branch7x7dbl_3", inner), unit_7x1("branch7x7dbl_4", inner),
                      unit_1x7("branch7x7dbl_5", 192)}},
           {.pool = Pool::average, .chain = {unit_1x1("branch_pool", 192)}}}};
}

InceptionStage block_d(std::string name) {
  return {std::move(name),
          17,
          {{.chain = {unit_1x1("branch3x3_1", 192), halving_3x3("branch3x3_2", 320)}},
           {.chain = {unit_1x1("branch7x7x3_1", 192), unit_1x7("branch7x7x3_2", 192),
                      unit_7x1("branch7x7x3_3", 192), halving_3x3("branch7x7x3_4", 192)}},
           {.pool = Pool::max_stride_2, .chain = {}}}};
}

// Unlike torchvision's, the last block takes the maximum in its pool branch.
InceptionStage block_e(std::string name, Pool pool) {
  return {std::move(name),
          8,
          {{.chain = {unit_1x1("branch1x1", 320)}},
           {.chain = {unit_1x1("branch3x3_1", 384)},
            .fork = {unit_1x3("branch3x3_2a", 384), unit_3x1("branch3x3_2b", 384)}},
           {.chain = {unit_1x1("branch3x3dbl_1", 448), unit_3x3("branch3x3dbl_2", 384)},
            .fork = {unit_1x3("branch3x3dbl_3a", 384), unit_3x1("branch3x3dbl_3b", 384)}},
           {.pool = pool, .chain = {unit_1x1("branch_pool", 192)}}}};
}

// Walks the stages with the number of channels, which each unit takes from what stands before it.
class Convolutions {
 public:
  std::vector<InceptionConvolution> all() && {
    for (const InceptionStage& stage : inception_stages()) add(stage);
    return std::move(all_);
  }

 private:
  void add(const InceptionStage& stage) {
    int64_t concatenated = 0;
    for (const InceptionBranch& branch : stage.branches) {
      int64_t channels = channels_;
      for (const Unit& unit : branch.chain) channels = add(stage, unit, channels);
      if (branch.fork.empty()) concatenated += channels;
      for (const Unit& unit : branch.fork) concatenated += add(stage, unit, channels);
    }
    channels_ = concatenated;
  }

  int64_t add(const InceptionStage& stage, const Unit& unit, int64_t in) {
    all_.push_back({.key = unit.name.empty() ? stage.name : stage.name + "." + unit.name,
                    .shape = {unit.out, in, unit.kernel_height, unit.kernel_width},
                    .stride = {unit.stride, unit.stride},
                    .padding = {unit.pad_height, unit.pad_width},
                    .side = stage.side});
    return unit.out;
  }

  std::vector<InceptionConvolution> all_;
  int64_t channels_ = 3;
};

}  // namespace

std::vector<InceptionStage> inception_stages() {
  return {single("Conv2d_1a_3x3", 299, halving_3x3("", 32)),
          single("Conv2d_2a_3x3", 149, {"", 32, 3, 3, 1, 0, 0}),
          single("Conv2d_2b_3x3", 147, unit_3x3("", 64)),
          max_pool("MaxPool_1", 147),
          single("Conv2d_3b_1x1", 73, unit_1x1("", 80)),
          single("Conv2d_4a_3x3", 73, {"", 192, 3, 3, 1, 0, 0}),
          max_pool("MaxPool_2", 71),
          block_a("Mixed_5b", 32),
          block_a("Mixed_5c", 64),
          block_a("Mixed_5d", 64),
          block_b("Mixed_6a"),
          block_c("Mixed_6b", 128),
          block_c("Mixed_6c", 160),
          block_c("Mixed_6d", 160),
          block_c("Mixed_6e", 192),
          block_d("Mixed_7a"),
          block_e("Mixed_7b", Pool::average),
          block_e("Mixed_7c", Pool::max_stride_1)};
}

std::vector<InceptionConvolution> inception_convolutions() { return Convolutions().all(); }

std::vector<TensorSpec> inception_tensors() {
  std::vector<TensorSpec> tensors;
  const auto add = [&](std::string name, std::vector<int64_t> shape) {
    tensors.push_back({.name = std::move(name), .shape = std::move(shape)});
  };
  for (const InceptionConvolution& each : inception_convolutions()) {
    add(each.key + ".conv.weight", each.shape);
    for (const char* name : {"weight", "bias", "running_mean", "running_var"}) {
      add(each.key + ".bn." + name, {each.shape[0]});
    }
  }
  add("fc.weight", {kInceptionClasses, kInceptionFeatures});
  add("fc.bias", {kInceptionClasses});
  return tensors;
}

}  // namespace gpst
