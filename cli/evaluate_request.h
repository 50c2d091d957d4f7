#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/field_visitor.h"
#include "eval/evaluation_mode.h"
#include "eval/picture_set.h"
#include "eval/pixel_metrics.h"

namespace gpst {

// Which picture metric or distribution metric; the names are those of --metrics.
enum class Metric { fid, sfid, is, pr, kid, psnr, ssim, lpips, rfid, rsfid };
std::string_view metric_name(Metric metric);

// What `gpstoken evaluate` is asked for, beside its operands.
struct EvaluateOptions {
  bool paired = false;
  std::string reference;  // inputs with commas; empty: the last operand
  std::string metrics;    // names with commas; empty: all that the inputs allow
  EvaluationMode mode = EvaluationMode::adm;
  std::string inception;
  std::string lpips;  // one file, or two with a comma
  std::string lpips_net = "vgg16";
  SsimKind ssim = SsimKind::wang;
  std::optional<int64_t> size;
  std::string resize = "area";
  int64_t kid_subsets = 100;
  int64_t kid_subset_size = 1000;
  int64_t neighbours = 3;
  std::string output;     // of `evaluate stats`
  std::string json_file;  // where the report goes beside stdout

  void visit(FieldVisitor& visitor);

  PictureSetOptions picture_options() const;
  std::vector<std::string> inception_files() const;
  std::vector<std::string> lpips_files() const;
};

// The operands by their meaning.
struct EvaluateInputs {
  enum class Task { sets, pairs, statistics } task = Task::sets;
  std::vector<std::string> samples;
  std::vector<std::string> reference;  // of sets and pairs
};

// UsageError when the operands do not fit the options.
EvaluateInputs inputs_of(const EvaluateOptions& options, const std::vector<std::string>& words);

// The metrics named, each of which must be one of `allowed`; UsageError otherwise. Nothing when
// none is named.
std::vector<Metric> metrics_named(const EvaluateOptions& options,
                                  const std::vector<Metric>& allowed);

// "a,b,c" at its commas, empty parts left out.
std::vector<std::string> split_at_commas(const std::string& text);

}  // namespace gpst
