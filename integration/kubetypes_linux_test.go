package integration

// A kubePod is what the agent has to know of a pod.
type kubePod struct {
	Metadata struct {
		Name              string
		UID               string
		Annotations       map[string]string
		Labels            map[string]string
		DeletionTimestamp string
	}
	Spec struct {
		NodeName        string
		SecurityContext struct{ RunAsUser, RunAsGroup int }
		Containers      []kubeContainer
		Volumes         []kubeVolume
	}
	Status struct {
		Phase string
	}
}

type kubeContainer struct {
	Name, Image   string
	Command, Args []string
	Env           []kubeVariable
	VolumeMounts  []struct{ Name, MountPath string }
}

type kubeVariable struct {
	Name, Value string
	ValueFrom   *struct{ FieldRef struct{ FieldPath string } }
}

type kubeVolume struct {
	Name      string
	ConfigMap *struct{ Name string }
	Secret    *struct {
		SecretName string
		Items      []struct{ Key, Path string }
	}
}

// A kubeJob is how a Job stands.
type kubeJob struct {
	Metadata struct{ Name string }
	Status   struct {
		Succeeded, Failed               int
		CompletedIndexes, FailedIndexes string
		Conditions                      []struct{ Type, Status, Reason, Message string }
	}
}

// is reports whether a condition holds, such as Complete.
func (j kubeJob) is(condition string) bool {
	for _, c := range j.Status.Conditions {
		if c.Type == condition && c.Status == "True" {
			return true
		}
	}
	return false
}
