package run

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/internal/parallel"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/spec"
	"github.com/manifest-tool/manifest-tool/spec/drone"
)

// LintOptions are the options of Lint.
type LintOptions struct {
	PushOptions          // Strict makes warnings count
	IsTemplate  bool     // each file is a template of Drone's plugin
	Online      bool     // resolve the sources, and plan the pushes
	Notes       bool     // report notes, too
	Ignore      []string // rules
	Format      string   // text, json, junit, sarif or github
}

// LintIgnorable are the rules that LintOptions.Ignore may name.
func LintIgnorable() (rules []string) {
	for _, rule := range spec.LintRules {
		if !slices.Contains([]string{spec.RuleInvalid, spec.RuleUnreadable, spec.RulePushFails}, rule.ID) {
			rules = append(rules, rule.ID)
		}
	}
	return rules
}

// Lint reports what is wrong with the specs in files and folders, and what is doubtful. Findings that count are an error.
func (r *Runner) Lint(ctx context.Context, words []string, o LintOptions) error {
	if o.Quiet {
		r.out.SetQuiet()
	}
	files, _, err := specFiles(words)
	if err != nil {
		return err
	}
	specs, report, err := r.lintFiles(ctx, files, o)
	if err != nil {
		return err
	}
	report.Findings = append(report.Findings, spec.LintOrder(specs)...)
	var planErr, onlineErr error
	if o.Online && len(specs) > 0 {
		var found []spec.Finding
		if found, planErr, onlineErr = r.lintOnline(ctx, specs, o); ctx.Err() != nil {
			return errors.Join(planErr, onlineErr, ctx.Err())
		}
		report.Findings = append(report.Findings, found...)
	}
	report.Findings = slices.DeleteFunc(report.Findings, o.leavesOut)
	sortByPlace(report)
	printErr := r.out.PrintLint(report, o.Format)
	if planErr != nil {
		onlineErr = errors.Join(report.SumUpOnline(planErr), onlineErr)
	}
	if onlineErr == nil || report.FailsOffline(o.Strict) {
		onlineErr = r.out.SumUp(report, o.Strict)
	}
	return errors.Join(onlineErr, printErr)
}

// leavesOut reports whether the options leave out a finding.
func (o LintOptions) leavesOut(f spec.Finding) bool {
	return !o.Notes && spec.SeverityOf(f.Rule) == spec.LintNote || slices.Contains(o.Ignore, f.Rule) ||
		o.AllowSame && f.Rule == spec.RuleSamePlatform
}

// sortByPlace puts the findings of a file together, in their order.
func sortByPlace(r output.LintReport) {
	at := map[string]int{}
	for i, file := range r.Files {
		at[file] = i
	}
	slices.SortStableFunc(r.Findings, func(a, b spec.Finding) int {
		return cmp.Or(cmp.Compare(at[a.File], at[b.File]), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
}

// lintFiles reads the specs in files, each file once.
func (r *Runner) lintFiles(ctx context.Context, files []string, o LintOptions) (specs []spec.Linted, report output.LintReport, err error) {
	seen := map[string]bool{}
	for _, file := range files {
		if seen[file] {
			continue
		}
		seen[file] = true
		report.Files = append(report.Files, file)
		loaded, findings, n := r.lintFile(ctx, file, o)
		if ctx.Err() != nil {
			return nil, report, ctx.Err()
		}
		specs = append(specs, loaded...)
		report.Findings = append(report.Findings, findings...)
		report.Specs += n
	}
	return specs, report, nil
}

// lintFile reads the specs in a file. If no build sets the variables of a template, the template is rendered as for a git
// tag and as for a branch, and has to be sound for one of them: many pipelines build only one of them. The specs of such
// a template are counted, and not returned.
func (r *Runner) lintFile(ctx context.Context, file string, o LintOptions) (specs []spec.Linted, findings []spec.Finding, count int) {
	if drone.InBuild(r.Lookup) {
		specs, findings, _ = r.lintOnce(ctx, file, o)
		return specs, findings, len(specs)
	}
	samples := drone.Samples()
	o.lookup = samples[0]
	specs, findings, isTemplate := r.lintOnce(ctx, file, o)
	if !isTemplate {
		return specs, findings, len(specs)
	}
	if o.lookup = samples[1]; file != "-" && slices.ContainsFunc(findings, isLintError) {
		if ofBranch, other, _ := r.lintOnce(ctx, file, o); !slices.ContainsFunc(other, isLintError) {
			specs, findings = ofBranch, other
		}
	}
	return nil, findings, len(specs)
}

func isLintError(f spec.Finding) bool { return spec.SeverityOf(f.Rule) == spec.LintError }

// lintOnce reads the specs in a file. It reports whether the file was rendered.
func (r *Runner) lintOnce(ctx context.Context, file string, o LintOptions) (specs []spec.Linted, findings []spec.Finding, isTemplate bool) {
	name, in, err := r.openSpec(ctx, file, o.IsTemplate, o.PushOptions)
	isTemplate = strings.HasSuffix(name, renderedMark)
	if err != nil {
		return nil, spec.Findings(file, err), isTemplate
	}
	defer in.Close()
	specs, findings = spec.Lint(name, in, o.Spec)
	for i := range specs {
		if specs[i].File = file; isTemplate {
			specs[i].Line, specs[i].Column = 0, 0
		}
	}
	for i, f := range findings {
		if findings[i].File = file; isTemplate && f.Line > 0 {
			findings[i].Text = fmt.Sprintf("%s (line %d of the rendered template)", f.Text, f.Line)
			findings[i].Line, findings[i].Column = 0, 0
		}
	}
	return specs, findings, isTemplate
}

// lintOnline plans the pushes of specs, as a dry run does. The findings describe planErr.
func (r *Runner) lintOnline(ctx context.Context, specs []spec.Linted, o LintOptions) (found []spec.Finding, planErr, err error) {
	loaded := make([]spec.Loaded, len(specs))
	for i, s := range specs {
		loaded[i] = s.Loaded
	}
	steps, err := spec.Order(loaded)
	if err != nil {
		return nil, nil, nil // reported already
	}
	session, err := r.open(ctx, o.GlobalOptions, placesOfAll(loaded).readOnly(), noMeter())
	if err != nil {
		return nil, nil, err
	}
	defer session.Close()
	findings, errs := make([][]spec.Finding, len(steps)), make([]error, len(steps))
	err = parallel.Each(ctx, len(steps), func(ctx context.Context, i int) error {
		s := specs[steps[i].Spec]
		notes, err := r.lintPlan(ctx, session, s, o)
		if err != nil && len(steps[i].After) > 0 && errors.Is(err, registry.ErrNotFound) {
			first := specs[steps[steps[i].After[0]].Spec].Name()
			notes, err = append(notes, fmt.Sprintf("%v (a push of %s makes sources of this spec first)", err, first)), nil
		}
		for _, note := range notes {
			findings[i] = append(findings[i], spec.FindingAt(spec.RulePushWarns, s.File, spec.Problem{Line: s.Line, Column: s.Column, Text: note}))
		}
		if errs[i] = err; err != nil {
			findings[i] = append(findings[i], spec.FindingAt(spec.RulePushFails, s.File, spec.Problem{Line: s.Line, Column: s.Column, Text: err.Error()}))
		}
		return ctx.Err()
	})
	return slices.Concat(findings...), session.advise(ctx, errors.Join(errs...)), err
}

// lintPlan plans the push of a spec. It also returns the warnings of the plan.
func (r *Runner) lintPlan(ctx context.Context, session *session, s spec.Linted, o LintOptions) (notes []string, err error) {
	whole, err := s.Whole()
	if err != nil {
		return nil, err
	}
	plans, notes, err := r.pushPlans(whole, o.PushOptions)(ctx, session)
	return notes, errors.Join(err, planErrors(plans))
}
