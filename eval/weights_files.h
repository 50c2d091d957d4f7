// Where the weights of the metrics come from: files the user has, as safetensors. None is shipped
// and none is fetched (docs/evaluation.md, "Weights").
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace gpst {

enum class WeightsKind { inception, lpips_vgg16, lpips_alexnet };

// The files of one network; LPIPS may have its trunk and its linear layers in two.
struct WeightsFiles {
  std::vector<std::string> paths;
};

// Folders in which weights are looked for, in this order: $GPST_HOME and $GPST_HOME/weights;
// $XDG_CACHE_HOME/gpstoken (~/.cache/gpstoken without the variable); torch's downloads,
// $TORCH_HOME/hub/checkpoints ($XDG_CACHE_HOME or ~/.cache, then /torch/hub/checkpoints).
std::vector<std::filesystem::path> weights_search_path();

// `given`: the files of --inception or --lpips, taken as they are; empty: the first file of the
// search path with a name of this kind, `inception-2015-12-05.safetensors`,
// `lpips-vgg16.safetensors` or `lpips-alexnet.safetensors` before all others.
// IoError when there is none: which published file is needed, its checksum as far as it is
// published, the call of scripts/convert_weights and where to put the result; a .pth found on the
// way stands in that call. InputError for a given file that is a .pth or another pickle.
WeightsFiles find_weights(WeightsKind kind, const std::vector<std::string>& given = {});

// SHA-256 of the content, for reports: one file 64 hexadecimal digits, two files two of them joined
// by '+'. IoError when a file cannot be read.
std::string weights_sha256(const WeightsFiles& files);

}  // namespace gpst
