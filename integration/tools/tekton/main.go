// Tekton checks objects of Tekton as the admission webhook of Tekton does: keys that the API does not have, values, and
// references to parameters and results that are not declared. Its argument is a file.
package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"os"

	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"
	"k8s.io/apimachinery/pkg/util/yaml"
	"knative.dev/pkg/apis"
	sigs "sigs.k8s.io/yaml"
)

// An object is one of the kinds that this program knows.
type object interface {
	apis.Defaultable
	apis.Validatable
}

func main() {
	log.SetFlags(0)
	file, err := os.Open(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	reader := yaml.NewYAMLReader(bufio.NewReader(file))
	for {
		document, err := reader.Read()
		if err == io.EOF {
			return
		}
		if err == nil {
			err = check(document)
		}
		if err != nil {
			log.Fatal(err)
		}
	}
}

func check(document []byte) error {
	var kind struct{ APIVersion, Kind string }
	if err := sigs.Unmarshal(document, &kind); err != nil {
		return err
	}
	o, ok := map[string]object{
		"Task":        &v1.Task{},
		"TaskRun":     &v1.TaskRun{},
		"Pipeline":    &v1.Pipeline{},
		"PipelineRun": &v1.PipelineRun{},
	}[kind.Kind]
	if !ok || kind.APIVersion != "tekton.dev/v1" {
		return fmt.Errorf("%s %s: not known here", kind.APIVersion, kind.Kind)
	}
	if err := sigs.UnmarshalStrict(bytes.TrimSpace(document), o); err != nil {
		return err
	}
	ctx := context.Background()
	o.SetDefaults(ctx)
	if err := o.Validate(ctx); err != nil { // an *apis.FieldError
		return err
	}
	return nil
}
