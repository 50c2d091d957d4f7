#pragma once

#include <filesystem>

namespace gpst {

// The tiny model of model_fixture.h with a layout and a texture generator for its two classes,
// random weights. Sampling settings: 5 steps of the Euler ODE.
void write_tiny_generating_model(const std::filesystem::path& folder, int seed = 1);

// The sections layout: or texture: as a training configuration has them, without statistics, with a
// train: section of a few steps.
void write_layout_training(const std::filesystem::path& file);
void write_texture_training(const std::filesystem::path& file);
// The same for the tokenizer: sections model:, train:, loss:, data:.
void write_tokenizer_training(const std::filesystem::path& file);

}  // namespace gpst
