// Whose conventions the numbers follow. What a mode means for a metric stands with that metric.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "base/field_visitor.h"

namespace gpst {

// adm: the evaluator of guided diffusion (Dhariwal and Nichol 2021), which most papers on ImageNet
// use. The others are the Python packages of the same names; `clean` is clean-fid's "clean" mode.
enum class EvaluationMode { adm, pytorch_fid, torch_fidelity, clean };

inline constexpr std::array<EnumName<EvaluationMode>, 4> kEvaluationModes{
    {{EvaluationMode::adm, "adm"},
     {EvaluationMode::pytorch_fid, "pytorch-fid"},
     {EvaluationMode::torch_fidelity, "torch-fidelity"},
     {EvaluationMode::clean, "clean"}}};

std::string name_of(EvaluationMode mode);

// ConfigError for an unknown name; the message lists the known ones.
EvaluationMode parse_evaluation_mode(std::string_view name);

}  // namespace gpst
