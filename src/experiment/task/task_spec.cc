#include "experiment/task/task_spec.h"

#include <array>
#include <utility>

#include "experiment/sweep/spec_fields.h"
#include "experiment/task/task_sweep.h"
#include "fit/fit_text.h"
#include "io/text_file.h"

namespace excise {
namespace {

// Of a sweep, what says which text is read, or describes one.
constexpr std::array<std::string_view, 3> kOfOneText = {"text", "ids",
                                                        "detail_layer"};

Status check_has_task(const TaskSpec& spec) {
  if (!spec.task.empty()) return {};
  return fail(ErrorCode::kBadInput, {.where = "task",
                                     .subject = "task",
                                     .expected = "a file with prompts",
                                     .found = "none"});
}

}  // namespace

Fields task_reading_fields(TaskSpec& spec) {
  return {{.key = "task",
           .value = &spec.task,
           .help = "prompts with answers, and foils where there are some (see "
                   "excise task --help), in the place of a text: what the "
                   "removal costs them",
           .option = FieldOption{"FILE"}},
          {.key = "task_fingerprint",
           .value = &spec.task_fingerprint,
           .help = "of the content of that file, written by every run: `run` "
                   "refuses another, unless the key is taken out"},
          {.key = "all_prompts",
           .value = &spec.all_prompts,
           .help = "with --task: test all prompts, not only those that the "
                   "clean model solves",
           .option = FieldOption{}}};
}

Fields task_fields(TaskSpec& spec) {
  return reading_instead(sweep_fields(spec), kOfOneText,
                         task_reading_fields(spec));
}

Result<TaskFile> read_task(TaskSpec& spec) {
  EXCISE_CHECK(check_has_task(spec));
  const std::string text =
      spec.given ? *spec.given
                 : EXCISE_TRY(read_plain_text(spec.task, kMaxTaskBytes)).text;
  std::string found = text_fingerprint({text});
  EXCISE_CHECK(check_stated_text(spec.task_fingerprint, found, spec.task,
                                 "task_fingerprint"));
  spec.task_fingerprint = std::move(found);
  return parse_task(text, spec.task);
}

std::string task_spec_to_toml(const TaskSpec& spec) {
  TaskSpec copy = spec;
  return write_fields(kTaskExperimentSchema, task_fields(copy));
}

Result<TaskSpec> parse_task_spec(std::string_view toml,
                                 std::string_view source) {
  TaskSpec spec;
  EXCISE_CHECK(read_fields(toml, source, kTaskExperimentSchema,
                           task_fields(spec), "spec"));
  EXCISE_CHECK(take_layer(spec));
  find_beside(source, spec.source.file);
  find_beside(source, spec.task);
  EXCISE_CHECK(check_has_task(spec));
  EXCISE_CHECK(check_task_spec(spec));
  return spec;
}

}  // namespace excise
