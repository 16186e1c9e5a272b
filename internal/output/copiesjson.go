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

func newCopiesOutput(dryRun bool) copiesOutput {
	return copiesOutput{Schema: "manifest-tool.copies/v1", DryRun: dryRun, Copies: []PushOutput{}}
}

// add adds the result of an image.
func (out *copiesOutput) add(image ImageResult, dryRun bool) {
	switch {
	case image.Results == nil:
	case dryRun:
		out.Copies = append(out.Copies, planOutput(image.Results))
	default:
		out.Copies = append(out.Copies, resultOutput(image.Results))
	}
	if image.Err != nil {
		out.Failed = append(out.Failed, failedOutput{image.Tags, image.Err.Error()})
	}
}
