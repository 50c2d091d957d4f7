#include "tests/tokenizer/golden_tokenizer.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <map>

#include "base/allocator.h"
#include "base/log.h"

namespace gpst {
namespace {

// As the program runs: one thread a picture.
void run_as_the_program() {
  keep_freed_memory();
  at::set_num_threads(1);
}

std::shared_ptr<TokenizerModel> load_model(const std::string& folder) {
  run_as_the_program();
  const Config config = Config::from_yaml_file(golden_path(folder + "/config.yaml").string());
  auto model = std::make_shared<TokenizerModel>(read_tokenizer_options(config));
  load_weights(*model, open_golden(folder + "/model.safetensors"), {}, Log::silent());
  return model;
}

bool exists(const std::string& folder, const std::string& file) {
  return std::filesystem::exists(golden_dir() / folder / file);
}

}  // namespace

const std::vector<std::string>& GoldenTokenizer::names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator(golden_dir())) {
      const std::string name = entry.path().filename().string();
      if (name.starts_with("tokenizer_")) found.push_back(name);
    }
    std::sort(found.begin(), found.end());
    return found;
  }();
  return names;
}

std::vector<std::string> GoldenTokenizer::names_with(const std::string& file) {
  std::vector<std::string> chosen = names();
  std::erase_if(chosen, [&](const std::string& name) { return !exists(name, file); });
  return chosen;
}

std::vector<std::string> GoldenTokenizer::names_without(const std::string& file) {
  std::vector<std::string> chosen = names();
  std::erase_if(chosen, [&](const std::string& name) { return exists(name, file); });
  return chosen;
}

GoldenTokenizer& GoldenTokenizer::get(const std::string& name) {
  static std::map<std::string, std::unique_ptr<GoldenTokenizer>> loaded;
  std::unique_ptr<GoldenTokenizer>& golden = loaded[name];
  if (!golden) golden.reset(new GoldenTokenizer(name));
  return *golden;
}

GoldenTokenizer::GoldenTokenizer(const std::string& folder)
    : folder_(folder),
      io_(open_golden(folder + "/io.safetensors")),
      meta_(golden_json(folder + "/meta.json")),
      model_(load_model(folder)) {}

at::Tensor GoldenTokenizer::pictures() const {
  return picture_of_u8(golden_tensor(io_, "image_u8"));
}

at::Tensor GoldenTokenizer::stored_part(const at::Tensor& whole, const std::string& stage) const {
  const nlohmann::json& parts = meta_.at("subsampling");
  const std::string key = stage.starts_with("dec_up") ? "dec_up" : stage;
  return parts.contains(key) ? python_slice(whole, parts.at(key).get<std::string>()) : whole;
}

::testing::AssertionResult GoldenTokenizer::recon_close(const at::Tensor& pictures,
                                                        const Tolerance& tolerance) const {
  const bool whole = io_.find("recon") != nullptr;
  const at::Tensor expected = golden_tensor(io_, whole ? "recon" : "recon_sub2");
  const at::Tensor actual = whole ? pictures : python_slice(pictures, "[:, :, ::2, ::2]");
  const int64_t shared = std::min(actual.size(0), expected.size(0));
  return tensors_close(actual.slice(0, 0, shared), expected.slice(0, 0, shared), tolerance);
}

double GoldenTokenizer::fair_tolerance(const std::string& stage) const {
  const nlohmann::json& spread = meta_.at("spread_f32_vs_f64").at(stage);
  return 10 * spread.at("abs").get<double>() + 2e-6 * spread.at("absmax").get<double>();
}

const StageTrace& GoldenTokenizer::encoder_stages() {
  if (encoder_stages_.empty()) {
    const at::NoGradGuard no_grad;
    model_->encoder().forward(pictures(), golden_tensor(io_, "init_gpscodes"),
                              golden_tensor(io_, "regions"), &encoder_stages_);
  }
  return encoder_stages_;
}

const StageTrace& GoldenTokenizer::decoder_stages() {
  if (decoder_stages_.empty()) {
    const at::NoGradGuard no_grad;
    const at::Tensor map = model_->render(golden_tensor(io_, "tokens"));
    record(&decoder_stages_, "rendered", map);
    const at::Tensor recon = model_->decoder().forward(map, 1, &decoder_stages_);
    record(&decoder_stages_, "recon", recon);
  }
  return decoder_stages_;
}

at::Tensor picture_of_u8(const at::Tensor& u8) {
  const at::Tensor values = u8.to(at::kDouble).div(127.5).sub(1).to(at::kFloat);
  return values.movedim(-1, -3).contiguous();
}

at::Tensor u8_of_picture(const at::Tensor& picture) {
  return picture.clamp(-1, 1).add(1).mul(127.5).to(at::kByte).movedim(-3, -1);
}

::testing::AssertionResult u8_close(const at::Tensor& actual, const at::Tensor& expected) {
  return tensors_close(actual, expected, {.absolute = 0, .outliers = 0.01, .outlier_absolute = 1});
}

}  // namespace gpst
