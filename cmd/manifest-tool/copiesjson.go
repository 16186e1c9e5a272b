package main

// A copiesOutput is the JSON of --all-tags.
type copiesOutput struct {
	Schema string         `json:"schema"` // manifest-tool.copies/v1
	DryRun bool           `json:"dryRun,omitempty"`
	Copies []pushOutput   `json:"copies"`
	Failed []failedOutput `json:"failed,omitempty"`
}

type failedOutput struct {
	Tags  []string `json:"tags"`
	Error string   `json:"error"`
}

func copiesOutputOf(copies []imageResult, dryRun bool) copiesOutput {
	out := copiesOutput{Schema: "manifest-tool.copies/v1", DryRun: dryRun, Copies: []pushOutput{}}
	for _, c := range copies {
		switch {
		case c.results == nil:
		case dryRun:
			out.Copies = append(out.Copies, planOutput(c.results))
		default:
			out.Copies = append(out.Copies, resultOutput(c.results))
		}
		if c.err != nil {
			out.Failed = append(out.Failed, failedOutput{c.tags, c.err.Error()})
		}
	}
	return out
}
