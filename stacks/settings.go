package stacks

import (
	"github.com/aws/jsii-runtime-go"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"github.com/prefect-ecs/prefect-ecs-worker/config"
	"github.com/prefect-ecs/prefect-ecs-worker/constructs"
)

// settings reads an environment's settings as Terraform templates: a setting
// that a variable exposes becomes "${var.x}", any other its own escaped text.
type settings struct {
	env       *config.Environment
	variables map[string]string // setting → variable
}

func newSettings(e *config.Environment) settings {
	s := settings{e, map[string]string{}}
	for _, setting := range config.Exposable {
		if name := e.Variable(setting); name != "" {
			s.variables[setting] = name
		}
	}
	return s
}

func (s settings) text(setting, value string) string {
	if name, ok := s.variables[setting]; ok {
		return "${var." + name + "}"
	}
	return constructs.Escape(value)
}

// name is a setting in which braces refer to other settings.
func (s settings) name(pattern string) string { return s.expand(pattern, "${count.index + 1}") }

// value is free text in which braces refer to other settings. It may hold JSON
// of its own, so {number} means nothing here.
func (s settings) value(pattern string) string { return s.expand(pattern, "{number}") }

func (s settings) expand(pattern, number string) string {
	return config.Expand(pattern, constructs.Escape, func(setting string) string {
		if setting == "number" {
			return number
		}
		return s.text(setting, s.env.Setting(setting))
	})
}

// tags are the tags of every resource.
func (s settings) tags() map[string]*string {
	all := map[string]*string{}
	for key, value := range s.env.Tags {
		value := s.name(value)
		all[constructs.Escape(key)] = &value
	}
	return all
}

func (s settings) number(setting string, value int) *float64 {
	if name, ok := s.variables[setting]; ok {
		return cdktf.Token_AsNumber("${var." + name + "}")
	}
	return jsii.Number(value)
}

// condition is a boolean as a template, which "true" and "false" are too.
func (s settings) condition(setting string, value bool) string {
	if value {
		return s.text(setting, "true")
	}
	return s.text(setting, "false")
}
