#include "experiment/sweep/spec_fields.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "experiment/common/number_lists.h"
#include "experiment/sweep/spec_values.h"
#include "intervention/bases/registry.h"
#include "run/edit_place.h"

namespace excise {
namespace {

// What is swept.
Fields text_fields(Spec& spec) {
  return {{.key = "text",
           .value = texts_value(spec),
           .help = "a text, or a list of texts, each once, for a test over "
                   "texts; the bundled model has one of its own"},
          {.key = "ids",
           .value = &spec.ids,
           .help = "token ids instead, such as 464,3290,318",
           .option = FieldOption{.type = "IDS",
                                 .read = typed_as(parse_ids, spec.ids)}}};
}

// The svd of a text has means; others have a source.
Fields basis_fields(Spec& spec) {
  BasisSource& source = spec.source;
  return {
      {.key = "preset",
       .value = &spec.preset,
       .help = "published (centre none, restore token; the default) or pca "
               "(both neuron); custom with both of the next",
       .option = FieldOption{"NAME"}},
      {.key = "centre",
       .value = &spec.centre,
       .help = "mean subtracted before, instead of the preset's: none, neuron "
               "or token",
       .option = FieldOption{"MEAN"}},
      {.key = "restore",
       .value = &spec.restore,
       .help = "mean added back, instead of the preset's: none, neuron or "
               "token",
       .option = FieldOption{"MEAN"}},
      {.key = "basis",
       .value = &spec.basis,
       .help = "decomposition: " + basis_names(),
       .option = FieldOption{"NAME"},
       .in_file = source.file.empty(),
       .in_results = InResults::kAlways},
      {.key = "basis_file",
       .value = &source.file,
       .help = "a basis that excise fit wrote, or the folder of a trained sae "
               "(SAELens)",
       .option = FieldOption{"PATH"}},
      {.key = "basis_fingerprint",
       .value = &source.file_fingerprint,
       .help = "of the content of that file, written by every run: `run` "
               "refuses another, unless the key is taken out"},
      {.key = "corpus",
       .value = &source.corpus,
       .help = "fit on this text; without a text to sweep, on four fifths of "
               "it, and a window of the rest is swept",
       .option = FieldOption{"FILE"}},
      {.key = "corpus_fingerprint",
       .value = &source.corpus_fingerprint,
       .help = "of it, the same rule"},
      {.key = "class_files",
       .value = &source.class_files,
       .help = "a text of one class, once for each class",
       .option = FieldOption{.type = "FILE", .name = "--class-file"}},
      {.key = "class_fingerprints",
       .value = &source.class_fingerprints,
       .help = "of them, the same rule"},
      {.key = "class_tokens",
       .value = &source.class_tokens,
       .help = "a regular expression on token text for bases of classes; once "
               "for each class, or once: the rest is the second class",
       .option = FieldOption{"PATTERN"}},
      {.key = "components",
       .value = &source.components,
       .help = "how many to fit: ica, random (16), ged (1), svd of a corpus "
               "(64)",
       .option = FieldOption{"N"}},
      {.key = "shrinkage",
       .value = &source.shrinkage,
       .help = "0 to 1, of the covariance of ged (0.01) and leace (0)",
       .option = FieldOption{"X"}}};
}

// What is done, and where.
Fields edit_fields(Spec& spec) {
  return {
      {.key = "remove",
       .value = remove_value(spec),
       .help = "components to remove, counted from 0: 0 or 0,1; or a scan: "
               "each:0-15 (one at a time), cumulative:0-15 (the first k)",
       .option = FieldOption{.type = "LIST",
                             .read =
                                 [&spec](std::string_view text) {
                                   return parse_remove(text, "--remove", spec);
                                 },
                             .shown = "0"}},
      {.key = "action",
       .value = by_name(spec.action, edit_action_name, parse_edit_action,
                        "remove or add"),
       .help = "as in an edit file; add needs a basis file and takes neither "
               "controls nor a scan"},
      {.key = "strength",
       .value = &spec.strength,
       .help = "as in an edit file"},
      {.key = "class", .value = &spec.from_class, .help = "as in an edit file"},
      {.key = "hook",
       .value = hook_value(spec),
       .help = "what is edited: hook_pre, hook_pre_linear, hook_post, "
               "hook_mlp_out, hook_z, "
               "hook_attn_out, hook_resid_pre, hook_resid_mid or "
               "hook_resid_post of each layer, or a whole name, "
               "blocks.5.mlp.hook_pre, of one",
       .option = FieldOption{.type = "HOOK",
                             .name = "--at",
                             .read =
                                 [&spec](std::string_view text) {
                                   return take_hook(text, spec);
                                 },
                             .shown = "hook_pre"}},
      {.key = "positions",
       .value = &spec.tokens.positions,
       .help = "tokens that are edited: all, 1- or 0,5-9",
       .option = FieldOption{"LIST"}},
      {.key = "token_pattern",
       .value = &spec.tokens.pattern,
       .help = "edit only tokens whose text this regular expression (PCRE) "
               "matches",
       .option = FieldOption{"REGEX"},
       .in_results = InResults::kAlways},
      {.key = "layers",
       .value = &spec.layers,
       .help = "layers to edit, one after the other: all, 0-11 or 3,5",
       .option = FieldOption{"LIST"}},
      {.key = "detail_layer",
       .value = &spec.detail_layer,
       .help = "layer whose matrices are kept whole (default: the middle one "
               "of those swept)",
       .option = FieldOption{"LAYER"},
       .in_results = InResults::kAlways}};
}

// What else is run beside the removal.
Fields branch_fields(Spec& spec) {
  auto [cells, empty_branch] = cells_values(spec);
  return {
      {.key = "cells",
       .value = std::move(cells),
       .help = "all: where a mean is exchanged, also the removal without that "
               "and that without the removal; preset: both at once only",
       .option = FieldOption{"NAME"}},
      {.key = "empty_branch",
       .value = std::move(empty_branch),
       .help = "what `cells` was once called (true: all); still read",
       .in_file = false,
       .in_results = InResults::kNever},
      {.key = "controls",
       .value = controls_value(spec.controls),
       .help =
           "what the removal is compared with: random-rank, norm-matched, "
           "neuron-shuffle, elsewhere (random directions at other layers and "
           "hooks); with how many draws, as in norm-matched=100 "
           "(40, the fewest for p < 0.05)",
       .option = FieldOption{.type = "LIST",
                             .read = typed_as(parse_controls, spec.controls)},
       .in_results = InResults::kAlways},
      {.key = "together",
       .value = &spec.together,
       .help = "layers edited in one more branch: all, 0-3 or 0-3;4-7",
       .option = FieldOption{"SETS"},
       .in_results = InResults::kAlways},
      {.key = "coordinates",
       .value = by_name(spec.coordinates, coordinates_name, parse_coordinates,
                        "clean or live"),
       .help = "of --together, at later layers: what the clean run has, or "
               "live what the edited run has",
       .option = FieldOption{"NAME"},
       .in_file = !spec.together.empty(),
       .in_results = InResults::kAlways},
      {.key = "evidence",
       .value = &spec.evidence,
       .help = "all that a reviewer asks of one text: parts, controls and "
               "variants, with sizes of its own where they are not given; says "
               "first how long it will take",
       .option = FieldOption{},
       .in_file = spec.evidence,
       .in_results = InResults::kNever},
      {.key = "variants",
       .value = variants_value(spec.variants),
       .help = "further edits beside the removal: keep-only (all but the "
               "components removed, and all), visible (at hook_post, what the "
               "output matrix reads of them), robustness (other means, "
               "strengths, tokens and components), constant (the best constant "
               "found in the place of one component)",
       .option = FieldOption{.type = "LIST",
                             .read = typed_as(parse_variants, spec.variants)},
       .in_file = !spec.variants.empty()},
      {.key = "swap",
       .value = &spec.swap,
       .help =
           "a text of as many tokens: what the subspace has of it takes the "
           "place of what it has of this one, and how far that goes on the "
           "way to that text; with --task `counterparts`, each prompt's own",
       .option = FieldOption{"TEXT"},
       .in_file = !spec.swap.empty()},
      {.key = "parts",
       .value = &spec.parts,
       .help = "tell where the effect arises: by what the edit writes itself, "
               "by later attention and by later MLPs",
       .option = FieldOption{},
       .in_file = spec.parts},
      {.key = "dormant_share",
       .value = &spec.dormant_share,
       .help = "measure how much of the change the MLP's output cannot see, "
               "and print what each removed direction is",
       .option = FieldOption{}}};
}

// Those of every experiment, and what only a sweep has, where it always stood.
Fields sweep_run_fields(Spec& spec) {
  Fields fields = run_fields(spec);
  const auto at = [&](std::string_view key) {
    return std::ranges::find(fields, key, &Field::key) + 1;
  };
  fields.insert(at("seed"), {.key = "permutations",
                             .value = &spec.permutations,
                             .help = "draws of the sign-flip test",
                             .option = FieldOption{"N"}});
  fields.insert(
      at("compute"),
      {.key = "check_rounding",
       .value = by_name(spec.check_rounding, check_rounding_name,
                        parse_check_rounding, "sample or all"),
       .help = "of bf16, which branches run in f32 too: sample or all",
       .option = FieldOption{"NAME"}});
  return fields;
}

}  // namespace

Fields sweep_fields(Spec& spec) {
  Fields fields = model_fields(spec.model, spec.model_fingerprint,
                               spec.tokenizer_fingerprint);
  for (const auto part : {text_fields, basis_fields, edit_fields, branch_fields,
                          sweep_run_fields}) {
    std::ranges::move(part(spec), std::back_inserter(fields));
  }
  return fields;
}

}  // namespace excise
