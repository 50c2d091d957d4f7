#include "nn/weights.h"

#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/linear.h>

#include <filesystem>

#include "base/error.h"
#include "base/log.h"
#include "tests/support/golden_tensor.h"
#include "tests/support/temporary_folder.h"

namespace gpst {
namespace {

class Pair : public torch::nn::Module {
 public:
  Pair() {
    first = register_module("first", torch::nn::Linear(3, 2));
    norm = register_module("norm", torch::nn::BatchNorm1d(2));
  }
  torch::nn::Linear first{nullptr};
  torch::nn::BatchNorm1d norm{nullptr};
};

class Weights : public ::testing::Test {
 protected:
  SafetensorsFile file(const NamedTensors& tensors) {
    const std::filesystem::path path = folder_ / "w.safetensors";
    save_tensors(path, tensors);
    return SafetensorsFile::open(path);
  }
  // All tensors of a Pair, numbered, every name behind `prefix`.
  NamedTensors numbered(const std::string& prefix = "") {
    NamedTensors tensors;
    for (const auto& [name, tensor] : named_state(Pair())) {
      if (name.ends_with("num_batches_tracked")) continue;
      const auto start = static_cast<double>(10 * tensors.size());
      tensors.emplace_back(prefix + name,
                           at::arange(tensor.numel(), at::kFloat).add(start).view(tensor.sizes()));
    }
    return tensors;
  }
  std::string refusal(Pair& pair, const NamedTensors& tensors) {
    try {
      load_weights(pair, file(tensors), {}, Log::silent());
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  }
  void expect_numbered(const Pair& pair) {
    const NamedTensors expected = numbered();
    const NamedTensors state = named_state(pair);
    for (size_t i = 0; i < expected.size(); ++i) {
      EXPECT_TRUE(at::equal(state[i].second, expected[i].second)) << expected[i].first;
    }
  }

  TemporaryFolder folder_;
};

TEST_F(Weights, ComeBackAsTheyWereSaved) {
  Pair saved;
  save_weights(folder_ / "m.safetensors", saved, DType::f32, {{"made_by", "a test"}});
  const SafetensorsFile opened = SafetensorsFile::open(folder_ / "m.safetensors");
  EXPECT_EQ(opened.metadata().at("made_by"), "a test");
  Pair loaded;
  const WeightsReport report = load_weights(loaded, opened, {}, Log::silent());
  EXPECT_TRUE(report.extra.empty());
  EXPECT_TRUE(at::equal(saved.first->weight, loaded.first->weight));
}

TEST_F(Weights, HalfPrecisionConvertsExactly) {
  Pair saved;
  const at::Tensor half = saved.first->weight.detach().to(at::kHalf);
  save_weights(folder_ / "m.safetensors", saved, DType::f16);
  Pair loaded;
  load_weights(loaded, SafetensorsFile::open(folder_ / "m.safetensors"), {}, Log::silent());
  EXPECT_EQ(loaded.first->weight.scalar_type(), at::kFloat);
  EXPECT_TRUE(at::equal(loaded.first->weight, half.to(at::kFloat)));
}

TEST_F(Weights, MayStayInTheFile) {
  for (const DType type : {DType::f32, DType::f16}) {
    const std::string path = folder_ / "m.safetensors";
    save_weights(path, Pair(), type);
    Pair copied, in_file;
    load_weights(copied, SafetensorsFile::open(path), {}, Log::silent());
    load_weights(in_file, SafetensorsFile::open(path), {.in_file = true}, Log::silent());
    const auto expected = named_state(copied), found = named_state(in_file);
    for (size_t i = 0; i < expected.size(); ++i) {
      EXPECT_EQ(found[i].second.scalar_type(), expected[i].second.scalar_type());
      EXPECT_TRUE(at::equal(found[i].second, expected[i].second)) << found[i].first;
    }
  }
}

TEST_F(Weights, InTheFileAreNoCopies) {
  save_weights(folder_ / "m.safetensors", Pair(), DType::f32);
  const SafetensorsFile opened = SafetensorsFile::open(folder_ / "m.safetensors");
  Pair first, second;
  for (Pair* pair : {&first, &second}) {
    load_weights(*pair, opened, {.in_file = true}, Log::silent());
  }
  EXPECT_EQ(first.first->weight.const_data_ptr(), second.first->weight.const_data_ptr());
}

TEST_F(Weights, KeepTheStoredType) {
  const at::Tensor numbers = at::arange(6, at::kFloat).sub(2.5).view({2, 3});
  for (const at::ScalarType type : {at::kDouble, at::kFloat, at::kHalf, at::kBFloat16, at::kLong,
                                    at::kInt, at::kByte, at::kBool}) {
    const at::Tensor stored = numbers.abs().to(type);
    const at::Tensor read = to_tensor(file({{"x", stored.t()}}).get("x"));
    EXPECT_EQ(read.scalar_type(), type);
    EXPECT_TRUE(at::equal(read, stored.t())) << at::toString(type);
  }
}

TEST_F(Weights, PublishedPrefixIsFound) {
  NamedTensors tensors = numbered("ema_model.");
  tensors.emplace_back("online_model.first.weight", at::zeros({1}));
  tensors.emplace_back("initted", at::zeros({1}));
  tensors.emplace_back("step", at::zeros({1}));
  tensors.emplace_back("ema_model.norm.num_batches_tracked", at::zeros({1}));
  Pair pair;
  const WeightsReport report = load_weights(pair, file(tensors), {}, Log::silent());
  EXPECT_TRUE(report.extra.empty());
  expect_numbered(pair);
}

TEST_F(Weights, ExtraTensorsAreCounted) {
  NamedTensors tensors = numbered();
  tensors.emplace_back("second.weight", at::zeros({1}));
  tensors.emplace_back("known.extra", at::zeros({1}));
  Pair pair;
  const LoadOptions options{.ignored_suffixes = {".extra"}};
  const WeightsReport report = load_weights(pair, file(tensors), options, Log::silent());
  EXPECT_EQ(report.extra, std::vector<std::string>{"second.weight"});
  EXPECT_EQ(report.loaded, static_cast<int64_t>(numbered().size()));
}

TEST_F(Weights, MissingAndWronglyShapedTensorsAreListed) {
  NamedTensors tensors = numbered();
  ASSERT_EQ(tensors[0].first, "first.weight");
  tensors[0].second = at::zeros({3, 2});
  tensors.erase(tensors.begin() + 1);
  Pair pair;
  const at::Tensor before = pair.norm->weight.detach().clone();
  const std::string message = refusal(pair, tensors);
  for (const std::string part : {"'first.weight' is [3,2] in the file, the model needs [2,3]",
                                 "'first.bias' [2] is missing", "w.safetensors"}) {
    EXPECT_NE(message.find(part), std::string::npos) << part << "\n" << message;
  }
  EXPECT_TRUE(at::equal(pair.norm->weight, before)) << "changed although refused";
}

TEST_F(Weights, GrowWhereThatIsAskedFor) {
  NamedTensors tensors = numbered();
  ASSERT_EQ(tensors[0].first, "first.weight");
  tensors[0].second = at::full({1, 2}, 7.0);
  Pair pair;
  EXPECT_NE(refusal(pair, tensors), "");
  const at::Tensor before = pair.first->weight.detach().clone();  // [2,3]
  const WeightsReport report = load_weights(pair, file(tensors), {.grow = true}, Log::silent());
  EXPECT_EQ(report.grown, 1);
  at::Tensor expected = before.clone();
  expected.narrow(0, 0, 1).narrow(1, 0, 2).fill_(7.0);
  EXPECT_TRUE(at::equal(pair.first->weight, expected));
  tensors[0].second = at::zeros({3, 3});
  EXPECT_THROW(load_weights(pair, file(tensors), {.grow = true}, Log::silent()), InputError)
      << "nothing shrinks";
}

TEST_F(Weights, ManyMissingTensorsAreCutShort) {
  Pair pair;
  const std::string message = refusal(pair, {{"other", at::zeros({1})}});
  EXPECT_NE(message.find("6 of the model's"), std::string::npos) << message;
}

}  // namespace
}  // namespace gpst
