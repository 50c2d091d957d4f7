#pragma once

#include <filesystem>

namespace gpst {

// Writes a model folder with config.yaml, classes.tsv and tokenizer.safetensors: a very small
// tokenizer (tiles of 32 pixels, 16 tokens) with random weights. `seed` changes the weights.
void write_tiny_model(const std::filesystem::path& folder, int seed = 1);

// A 48x40 PNG with slopes and edges; `shift` makes different ones.
void write_test_picture(const std::filesystem::path& path, int shift = 0);

}  // namespace gpst
