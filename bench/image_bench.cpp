// Decoding, scaling and writing pictures. The picture is made here: soft shapes with
// grain, which compresses like a photograph.
#include <benchmark/benchmark.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include <jpeglib.h>

#include "image/codec.h"
#include "image/png.h"
#include "image/preprocess.h"
#include "image/resize.h"

namespace gpst {
namespace {

Picture8 photograph(int width, int height, uint32_t seed) {
  Picture8 picture(width, height);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int c = 0; c < 3; ++c) {
        seed = seed * 1664525U + 1013904223U;
        const double shape = std::sin(x * 0.02 + c) * std::cos(y * 0.03 - c) * 80;
        picture.at(x, y)[c] = static_cast<uint8_t>(128 + shape + (seed >> 24) % 12);
      }
    }
  }
  return picture;
}

std::string jpeg_of(const Picture8& picture) {
  jpeg_compress_struct info;
  jpeg_error_mgr errors;
  info.err = jpeg_std_error(&errors);
  jpeg_create_compress(&info);
  unsigned char* buffer = nullptr;
  unsigned long size = 0;  // the type of libjpeg
  jpeg_mem_dest(&info, &buffer, &size);
  info.image_width = static_cast<JDIMENSION>(picture.width);
  info.image_height = static_cast<JDIMENSION>(picture.height);
  info.input_components = 3;
  info.in_color_space = JCS_RGB;
  jpeg_set_defaults(&info);
  jpeg_set_quality(&info, 90, TRUE);
  jpeg_start_compress(&info, TRUE);
  for (int y = 0; y < picture.height; ++y) {
    JSAMPROW row = const_cast<uint8_t*>(picture.at(0, y));
    jpeg_write_scanlines(&info, &row, 1);
  }
  jpeg_finish_compress(&info);
  jpeg_destroy_compress(&info);
  std::string file(reinterpret_cast<char*>(buffer), size);
  std::free(buffer);
  return file;
}

std::span<const std::byte> bytes_of(const std::string& file) {
  return std::as_bytes(std::span(file));
}

void decode_file(benchmark::State& state, const std::string& file) {
  for (auto _ : state) benchmark::DoNotOptimize(decode(bytes_of(file), {}, "bench"));
}
void BM_DecodeJpeg500x375(benchmark::State& state) {
  decode_file(state, jpeg_of(photograph(500, 375, 1)));
}
void BM_DecodePng256(benchmark::State& state) {
  decode_file(state, encode_png(photograph(256, 256, 1)));
}

void BM_EncodePng256(benchmark::State& state) {
  const Picture8 picture = photograph(256, 256, 1);
  for (auto _ : state) benchmark::DoNotOptimize(encode_png(picture));
  state.counters["bytes"] = static_cast<double>(encode_png(picture).size());
}

void preprocess_to_256(benchmark::State& state, ResizeMode mode) {
  const auto side = static_cast<int>(state.range(0));
  const Picture8 picture = photograph(side * 4 / 3, side, 1);
  for (auto _ : state) {
    benchmark::DoNotOptimize(preprocess(picture, {.size = 256, .mode = mode}));
  }
}
void BM_PreprocessBilinear(benchmark::State& state) {
  preprocess_to_256(state, ResizeMode::bilinear);
}
void BM_PreprocessArea(benchmark::State& state) { preprocess_to_256(state, ResizeMode::area); }

void BM_ToFloat256(benchmark::State& state) {
  const Picture8 picture = photograph(256, 256, 1);
  std::vector<float> planes(picture.rgb.size());
  for (auto _ : state) {
    to_float_chw(picture, planes);
    benchmark::DoNotOptimize(planes.data());
  }
}

void BM_Quantise256(benchmark::State& state) {
  const Picture8 picture = photograph(256, 256, 1);
  std::vector<float> planes(picture.rgb.size());
  to_float_chw(picture, planes);
  for (auto _ : state) {
    benchmark::DoNotOptimize(quantise({planes, 256, 256}, Rounding::truncate));
  }
}

BENCHMARK(BM_DecodeJpeg500x375)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_DecodePng256)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_EncodePng256)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_PreprocessBilinear)->Arg(288)->Arg(1500)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_PreprocessArea)->Arg(288)->Arg(1500)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_ToFloat256)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_Quantise256)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace gpst
