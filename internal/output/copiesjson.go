package output

// A copiesOutput is the JSON of --all-tags.
type copiesOutput struct {
	Schema string         `json:"schema"` // manifest-tool.copies/v1
	DryRun bool           `json:"dryRun,omitempty"`
	Copies []PushOutput   `json:"copies"`
	Failed []failedOutput `json:"failed,omitempty"`
}

type failedOutput struct {
	Tags  []string `json:"tags"`
	Error string   `json:"error"`
}

func copiesOutputOf(copies []ImageResult, dryRun bool) copiesOutput {
	out := copiesOutput{Schema: "manifest-tool.copies/v1", DryRun: dryRun, Copies: []PushOutput{}}
	for _, c := range copies {
		switch {
		case c.Results == nil:
		case dryRun:
			out.Copies = append(out.Copies, planOutput(c.Results))
		default:
			out.Copies = append(out.Copies, resultOutput(c.Results))
		}
		if c.Err != nil {
			out.Failed = append(out.Failed, failedOutput{c.Tags, c.Err.Error()})
		}
	}
	return out
}
