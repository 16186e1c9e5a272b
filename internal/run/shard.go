package run

import (
	"strconv"
	"strings"
	"time"

	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/spec"
)

// A shardSystem is a system that starts a job several times, and numbers the copies in variables.
type shardSystem struct {
	index, count string
	first        int    // the number of the first copy
	firstIn      string // the variable with that number, if the system has one
}

// shardSystems are tried in order.
var shardSystems = []shardSystem{
	{index: "JOB_COMPLETION_INDEX"}, // Kubernetes, Indexed Jobs
	{index: "CI_NODE_INDEX", count: "CI_NODE_TOTAL", first: 1},
	{index: "CIRCLE_NODE_INDEX", count: "CIRCLE_NODE_TOTAL"},
	{index: "BUILDKITE_PARALLEL_JOB", count: "BUILDKITE_PARALLEL_JOB_COUNT"},
	{index: "SLURM_ARRAY_TASK_ID", count: "SLURM_ARRAY_TASK_COUNT", firstIn: "SLURM_ARRAY_TASK_MIN"},
}

// shard parses --shard: INDEX/COUNT, or auto or auto/COUNT to take the index from the variables of the system that runs
// the job. From is the variable.
func (r *Runner) shard(text string) (shard spec.Shard, from string, err error) {
	count, isAuto := strings.CutPrefix(text, "auto")
	if !isAuto || count != "" && count[0] != '/' {
		shard, err = spec.ParseShard(text)
		return shard, "", usageOf("--shard: ", err)
	}
	for _, system := range shardSystems {
		if r.Getenv(system.index) == "" {
			continue
		}
		shard, err = r.shardOf(system, strings.TrimPrefix(count, "/"))
		return shard, system.index, err
	}
	var names []string
	for _, system := range shardSystems {
		names = append(names, system.index)
	}
	return shard, "", output.Usagef("--shard %s: none of these variables is set: %s", text, strings.Join(names, ", "))
}

func (r *Runner) shardOf(system shardSystem, count string) (spec.Shard, error) {
	if count == "" && system.count == "" {
		return spec.Shard{}, output.Usagef("--shard auto: the variable %s has no count of shards: use auto/COUNT, such as auto/8", system.index)
	}
	if count == "" {
		count = r.Getenv(system.count)
	}
	index, err := strconv.Atoi(r.Getenv(system.index))
	if err != nil {
		return spec.Shard{}, output.Usagef("--shard auto: the variable %s is %q, and not a number", system.index, r.Getenv(system.index))
	}
	first := system.first
	if system.firstIn != "" {
		first, _ = strconv.Atoi(r.Getenv(system.firstIn))
	}
	shard, err := spec.ParseShard(strconv.Itoa(index-first+1) + "/" + count)
	return shard, usageOf("--shard auto, from "+system.index+": ", err)
}

// usageOf is a usage error with the flag before its text.
func usageOf(flag string, err error) error {
	if err == nil {
		return nil
	}
	return output.Usagef("%s%v", flag, err)
}

// inShard leaves the specs of the shard, and says how many these are. It also returns the number of shards.
func (r *Runner) inShard(specs []spec.Loaded, o PushOptions) (ours []spec.Loaded, count int, err error) {
	if o.Shard == "" {
		return specs, 1, nil
	}
	if o.Quiet {
		r.out.SetQuiet()
	}
	shard, from, err := r.shard(o.Shard)
	if err != nil {
		return nil, 0, err
	}
	for i, of := range spec.Shards(specs, shard.Count) {
		if of == shard.Index {
			ours = append(ours, specs[i])
		}
	}
	r.out.SayShard(shard, from, len(ours), len(specs))
	return ours, shard.Count, nil
}

// dividedBy are the rates of one of some shards, which share the limit of a registry.
func dividedBy(rates map[string]Rates, count int) map[string]Rates {
	divided := map[string]Rates{}
	for host, r := range rates {
		for _, rate := range []*Rate{&r.All, &r.Reads, &r.Writes} {
			rate.Per *= time.Duration(count)
		}
		divided[host] = r
	}
	return divided
}
