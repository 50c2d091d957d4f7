// Turns a picture into Gaussians and back:
//   embed CONFIG.yaml TOKENIZER.safetensors PICTURE RESULT.png
#include <cstdio>
#include <exception>

#include "base/config.h"
#include "base/log.h"
#include "eval/pixel_metrics.h"
#include "image/picture_source.h"
#include "image/png.h"
#include "image/preprocess.h"
#include "tokenizer/picture_tensor.h"
#include "tokenizer/tokenizer.h"

namespace {

void run(char** argv) {
  gpst::Log log(gpst::Log::Level::normal);
  const auto tokenizer = gpst::Tokenizer::load(gpst::Config::from_yaml_file(argv[1]), argv[2], log);
  const int side = static_cast<int>(tokenizer.options().tile_side());
  const auto photo = gpst::PictureSource::open({argv[3]}).load(0, {});
  const auto picture = gpst::preprocess(photo, {.size = side});

  const auto encoded = tokenizer.encode(gpst::picture_tensor(picture));
  const auto result = gpst::picture_from(tokenizer.decode(encoded), gpst::Rounding::nearest);
  gpst::write_png(argv[4], result);
  std::printf("%lld Gaussians, PSNR %.2f dB\n", static_cast<long long>(encoded.tokens.tokens()),
              gpst::psnr(picture, result).value_or(0));
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 5) {
    std::fprintf(stderr, "usage: embed CONFIG.yaml TOKENIZER.safetensors PICTURE RESULT.png\n");
    return 2;
  }
  run(argv);
} catch (const std::exception& error) {
  std::fprintf(stderr, "embed: %s\n", error.what());
  return 1;
}
