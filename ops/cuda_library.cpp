#include "ops/cuda_library.h"

#include <ATen/detail/CUDAHooksInterface.h>
#include <dlfcn.h>
#include <fmt/format.h>

#include <filesystem>
#include <sstream>

#include "base/error.h"

// Defined for this file in builds with CUDA.
#ifndef GPST_CUDA_ARCHITECTURES
#define GPST_CUDA_ARCHITECTURES ""
#define GPST_CUDA_VERSION 0
#endif

namespace gpst {
namespace {

CudaBuild build_facts() {
  CudaBuild build{.version = GPST_CUDA_VERSION};
  std::istringstream words(GPST_CUDA_ARCHITECTURES);
  for (int architecture = 0; words >> architecture;) build.architectures.push_back(architecture);
  build.built = !build.architectures.empty();
  return build;
}

// The folder of libgpst_ops.so, in the build tree and where it was installed.
std::filesystem::path own_folder() {
  Dl_info info = {};
  if (dladdr(reinterpret_cast<const void*>(&cuda_build), &info) == 0) return {};
  return std::filesystem::path(info.dli_fname).parent_path();
}

bool open() {
  const std::filesystem::path path = own_folder() / "libgpst_ops_cuda.so";
  if (dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL) == nullptr) {
    throw DeviceError(
        fmt::format("the CUDA kernels cannot be loaded: {}; GPST_CUDA=ON scripts/build.sh fetches "
                    "what they need "
                    "and builds them, --device cpu does without",
                    dlerror()));
  }
  if (!at::detail::getCUDAHooks().hasCUDART()) {
    throw DeviceError(
        "the CUDA kernels were loaded after LibTorch had been asked about CUDA, which it answers "
        "once and for all; call load_cuda_ops() before any tensor work");
  }
  return true;
}

}  // namespace

const CudaBuild& cuda_build() {
  static const CudaBuild build = build_facts();
  return build;
}

std::string cuda_build_text(const CudaBuild& build) {
  if (!build.built) return "not in this build";
  std::string text = fmt::format("{}.{}:", build.version / 1000, build.version % 1000 / 10);
  for (const int architecture : build.architectures) text += fmt::format(" sm_{}", architecture);
  return text + ", PTX of the last";
}

void open_cuda_library() {
  static const bool opened = open();  // thrown exceptions leave it for another try
  (void)opened;
}

}  // namespace gpst
