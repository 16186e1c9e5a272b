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

func copiesOutputOf(copies []copied, dryRun bool) copiesOutput {
	out := copiesOutput{Schema: "manifest-tool.copies/v1", DryRun: dryRun, Copies: []PushOutput{}}
	for _, c := range copies {
		if c.json != nil {
			out.Copies = append(out.Copies, *c.json)
		}
		if c.image.Err != nil {
			out.Failed = append(out.Failed, failedOutput{c.image.Tags, c.image.Err.Error()})
		}
	}
	return out
}

// copyOutput is the JSON of an image; nil without a plan for the image.
func copyOutput(image ImageResult, dryRun bool) *PushOutput {
	if image.Results == nil {
		return nil
	}
	out := resultOutput
	if dryRun {
		out = planOutput
	}
	of := out(image.Results)
	return &of
}
