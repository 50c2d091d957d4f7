#include "cli/evaluate.h"
#include "base/error.h"
#include "cli/commands/commands.h"

namespace gpst {
namespace {

CommandResult run(const CommandContext& context) {
  if (context.common.dtype == "bf16") {
    throw UsageError("--dtype bf16: metrics are computed in fp32, so that numbers can be compared");
  }
  const auto options = context.options<EvaluateOptions>("evaluate");
  const EvaluateInputs inputs = inputs_of(options, context.words);
  using Task = EvaluateInputs::Task;
  if (inputs.task == Task::statistics) return evaluate_statistics(context, options, inputs);
  if (inputs.task == Task::pairs) return evaluate_pairs(context, options, inputs);
  return evaluate_sets(context, options, inputs);
}

}  // namespace

Command evaluate_command() {
  return {
      .name = "evaluate",
      .summary = "FID, sFID, IS, precision, recall, KID; PSNR, SSIM, LPIPS, rFID",
      .description =
          "Compares samples with a reference, reconstructions with their originals one by one "
          "(--paired), or writes statistics to compare with later (stats). Folders, tars, lists "
          "of paths and npz files; several samples count as one set, the last operand is the "
          "reference.",
      .examples = {"gpstoken evaluate samples.npz VIRTUAL_imagenet256_labeled.npz",
                   "gpstoken evaluate part0/ part1.npz imagenet.npz --metrics fid,sfid,is",
                   "gpstoken evaluate --paired out/imgs out/gt --metrics psnr,ssim,rfid,rsfid",
                   "gpstoken evaluate stats imagenet/val --size 256 -o imagenet256.npz"},
      .operands = "SAMPLES... REFERENCE | --paired RECON ORIGINAL | stats DATA...",
      .groups = {OptionGroup::of<EvaluateOptions>("Options", "evaluate")},
      .aliases = {{"o", "output"}},
      .run = run};
}

}  // namespace gpst
