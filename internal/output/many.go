package output

import (
	"fmt"
	"strings"
	"time"

	"github.com/manifest-tool/manifest-tool/registry/push"
	"github.com/manifest-tool/manifest-tool/spec"
)

// SayShard says how many images of a run are in a shard. From is the variable that the shard comes from, if one was used.
func (p *Printer) SayShard(shard spec.Shard, from string, ours, all int) {
	if from != "" {
		from = " (from " + from + ")"
	}
	p.infof("shard %s%s: %d of %s", shard, from, ours, Count(all, "image"))
}

// A tally counts what became of many images and of their tags.
type tally struct {
	images, failed, skipped int
	tags                    map[push.TagStatus]int
	blobs                   push.BlobReport
	took                    time.Duration // of all images together
	requests, retries       int64
}

func (t *tally) add(image ImageResult) {
	if t.images++; image.Err != nil {
		t.failed++
	}
	if image.Skipped {
		t.skipped++
	}
	t.took += image.Took
	t.requests += image.Requests
	t.retries += image.Retries
	if t.tags == nil {
		t.tags = map[push.TagStatus]int{}
	}
	for _, r := range image.Results {
		for _, tag := range r.report.Tags {
			t.tags[tag.Status]++
		}
		b := r.report.Blobs
		t.blobs.Present += b.Present
		t.blobs.Mounted += b.Mounted
		t.blobs.Streamed += b.Streamed
		t.blobs.Bytes += b.Bytes
	}
}

// tagStatuses are in the order in which a summary names them.
var tagStatuses = []push.TagStatus{push.Created, push.Moved, push.Rewritten, push.Unchanged, push.Failed, push.Unknown}

// summary is a line about all images.
func (t tally) summary(all int) string {
	parts := []string{fmt.Sprintf("%d of %s done", t.images-t.failed-t.skipped, Count(all, "image"))}
	for _, part := range []struct {
		n    int
		what string
	}{{t.skipped, "skipped"}, {t.failed, "failed"}, {all - t.images, "not tried"}} {
		if part.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", part.n, part.what))
		}
	}
	var tags []string
	for _, status := range tagStatuses {
		if n := t.tags[status]; n > 0 {
			tags = append(tags, fmt.Sprintf("%d %s", n, status))
		}
	}
	text := strings.Join(parts, ", ")
	if tags != nil {
		text += "; tags: " + strings.Join(tags, ", ")
	}
	if t.blobs.Streamed > 0 {
		text += fmt.Sprintf("; %s sent", HumanSize(t.blobs.Bytes))
	}
	return text
}

// metrics is the result in the text format of Prometheus, for its textfile collector
// (https://prometheus.io/docs/instrumenting/exposition_formats/).
func (t tally) metrics(all int) []byte {
	var b []byte
	metric := func(name, help string, values ...string) {
		b = fmt.Appendf(b, "# HELP manifest_tool_%s %s\n# TYPE manifest_tool_%[1]s gauge\n", name, help)
		for _, value := range values {
			b = fmt.Appendf(b, "manifest_tool_%s%s\n", name, value)
		}
	}
	metric("images", "Images of the last run by result.", fmt.Sprintf(`{result="done"} %d`, t.images-t.failed-t.skipped),
		fmt.Sprintf(`{result="failed"} %d`, t.failed), fmt.Sprintf(`{result="skipped"} %d`, t.skipped), fmt.Sprintf(`{result="not_tried"} %d`, all-t.images))
	var tags []string
	for _, status := range tagStatuses {
		tags = append(tags, fmt.Sprintf(`{status=%q} %d`, status, t.tags[status]))
	}
	metric("tags", "Tags of the last run by status.", tags...)
	metric("blobs", "Blobs of the last run by the way in which they came to the target.", fmt.Sprintf(`{how="present"} %d`, t.blobs.Present),
		fmt.Sprintf(`{how="mounted"} %d`, t.blobs.Mounted), fmt.Sprintf(`{how="streamed"} %d`, t.blobs.Streamed))
	metric("sent_bytes", "Bytes of blobs that the last run sent.", fmt.Sprintf(" %d", t.blobs.Bytes))
	metric("requests", "Requests of the last run, without those for tokens.", fmt.Sprintf(" %d", t.requests))
	metric("retries", "Requests of the last run that were tried again after a failure.", fmt.Sprintf(" %d", t.retries))
	metric("image_seconds", "Time of all images of the last run together, in seconds.", fmt.Sprintf(" %g", seconds(t.took)))
	return b
}

// githubOutput has the outputs of a step that pushes many images.
func (t tally) githubOutput(all int) []byte {
	return fmt.Appendf(nil, "images=%d\ndone=%d\nfailed=%d\n", all, t.images-t.failed-t.skipped, t.failed)
}

// maxSummaryRows limits the failures that a summary shows: a step may have a summary of 1 MiB.
const maxSummaryRows = 100

// githubSummary says in markdown what became of many images, and why some failed.
func (t tally) githubSummary(images []copied, all int) []byte {
	b := fmt.Appendf(nil, "### %s\n\n", markdown(t.summary(all)))
	rows := 0
	for _, c := range images {
		if c.image.Err == nil {
			continue
		}
		if rows++; rows == 1 {
			b = append(b, "| failed | why |\n|---|---|\n"...)
		}
		if rows > maxSummaryRows {
			return fmt.Appendf(b, "\nThe list ends after %d failures.\n", maxSummaryRows)
		}
		why, _, _ := strings.Cut(c.image.Err.Error(), "\n")
		b = fmt.Appendf(b, "| %s | %s |\n", markdown(c.image.Name), markdown(why))
	}
	return append(b, '\n')
}
