#pragma once

#include "cli/command.h"

namespace gpst {

// One function a command, each in the file of its name.
Command reconstruct_command();
Command encode_command();
Command decode_command();
Command visualize_command();
Command sample_command();
Command evaluate_command();
Command extract_command();
Command train_tokenizer_command();
Command train_layout_command();
Command train_texture_command();
Command export_command();
Command info_command();
Command verify_command();
Command doctor_command();
Command completion_command();
Command man_command();
Command docs_config_command();

}  // namespace gpst
