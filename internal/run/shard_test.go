package run

import (
	"strings"
	"testing"
)

func TestShardFromEnvironment(t *testing.T) {
	for _, test := range []struct{ text, environ, want string }{
		{"2/8", "", "2/8"},
		{"2/8", "JOB_COMPLETION_INDEX=5", "2/8"},
		{"auto/8", "JOB_COMPLETION_INDEX=0", "1/8 JOB_COMPLETION_INDEX"},
		{"auto/8", "JOB_COMPLETION_INDEX=7 CI_NODE_INDEX=1", "8/8 JOB_COMPLETION_INDEX"},
		{"auto", "CI_NODE_INDEX=1 CI_NODE_TOTAL=3", "1/3 CI_NODE_INDEX"},
		{"auto", "CIRCLE_NODE_INDEX=1 CIRCLE_NODE_TOTAL=3", "2/3 CIRCLE_NODE_INDEX"},
		{"auto", "BUILDKITE_PARALLEL_JOB=0 BUILDKITE_PARALLEL_JOB_COUNT=2", "1/2 BUILDKITE_PARALLEL_JOB"},
		{"auto", "SLURM_ARRAY_TASK_ID=12 SLURM_ARRAY_TASK_MIN=10 SLURM_ARRAY_TASK_COUNT=4", "3/4 SLURM_ARRAY_TASK_ID"},
		{"auto", "SLURM_ARRAY_TASK_ID=0 SLURM_ARRAY_TASK_COUNT=4", "1/4 SLURM_ARRAY_TASK_ID"},
		{"auto", "", "none of these variables is set"},
		{"auto", "JOB_COMPLETION_INDEX=1", "has no count of shards"},
		{"auto/8", "JOB_COMPLETION_INDEX=8", "the index is from 1 to 8"},
		{"auto/8", "JOB_COMPLETION_INDEX=x", "and not a number"},
		{"auto/x", "JOB_COMPLETION_INDEX=1", "expected INDEX/COUNT"},
		{"auto", "CI_NODE_INDEX=1", "expected INDEX/COUNT"},
		{"automatic", "JOB_COMPLETION_INDEX=1", "expected INDEX/COUNT"},
		{"", "", "expected INDEX/COUNT"},
	} {
		shard, from, err := (&Runner{Env: Env{Environ: strings.Fields(test.environ)}}).shard(test.text)
		got := strings.TrimSpace(shard.String() + " " + from)
		if err != nil {
			got = err.Error()
		}
		if got != test.want && (err == nil || !strings.Contains(got, test.want)) {
			t.Errorf("%q with %q: %s, want %s", test.text, test.environ, got, test.want)
		}
	}
}
