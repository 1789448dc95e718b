"""Made-up launches for properties: names of resources with ids in them, and the same names in another launch."""

from dataclasses import dataclass

from hypothesis import strategies as st

from launchrole.preflights.needs import MadeUp, Need

ACCOUNT = "123456789012"
HEAD = f"us-east-1:{ACCOUNT}"

LOWER = "abcdefghijklmnopqrstuvwxyz0123456789"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


@dataclass(frozen=True)
class Ids:
    """What a launch makes up."""

    project: str
    name: str
    product: str
    stack: str
    suffix: str
    other: str
    api: str
    hex: str
    version: str

    @property
    def made_up(self):
        return MadeUp(
            ids=(self.project, self.product, self.stack),
            names=(self.name,),
            stacks=(f"SC-{ACCOUNT}-{self.product}",),
            given=f"Resources: {{Bucket: {{Type: 'AWS::S3::Bucket'}}}} fixed SageMakerRole vpc-{_GIVEN}",
        )


_GIVEN = "0123456789abcdef0"
"""The end of an id that the template spells out, and that no launch makes up."""


def _text(alphabet, length):
    return st.text(alphabet, min_size=length, max_size=length)


ids = st.builds(
    Ids,
    project=_text(LOWER, 12).map("p-{}".format),
    name=_text("ghjkmnqw", 7).map("name{}".format),
    product=_text(LOWER, 13).map("pp-{}".format),
    stack=st.uuids(version=4).map(str),
    suffix=_text(LETTERS, 12),
    other=_text(LETTERS, 6),
    api=_text(LOWER, 10),
    hex=_text("0123456789abcdef", 17).filter(lambda one: one != _GIVEN),
    version=st.integers(1, 999).map(str),
)

FORMS = {
    "codebuild": f"arn:aws:codebuild:{HEAD}:project/{{fixed}}-{{name}}-{{project}}-build",
    "bucket": "arn:aws:s3:::{fixed}-project-{project}",
    "bucket by name": "arn:aws:s3:::{fixed}-{name}-models",
    "generated bucket": f"arn:aws:s3:::sc-{ACCOUNT}-{{product}}-{{fixed}}-{{lower}}",
    "role": f"arn:aws:iam::{ACCOUNT}:role/SC-{ACCOUNT}-{{product}}-{{fixed}}-{{suffix}}",
    "shortened role": f"arn:aws:iam::{ACCOUNT}:role/SC-{ACCOUNT}-{{cut}}-{{fixed}}Long-{{suffix}}",
    "named role": f"arn:aws:iam::{ACCOUNT}:role/{{fixed}}-{{name}}",
    "role of the stack": f"arn:aws:iam::{ACCOUNT}:role/SC-{ACCOUNT}-{{product}}-SageMakerRole-{{fixed}}",
    "stack": f"arn:aws:cloudformation:{HEAD}:stack/SC-{ACCOUNT}-{{product}}-{{fixed}}-{{suffix}}/{{stack}}",
    "layer": f"arn:aws:lambda:{HEAD}:layer:{{fixed}}-layer:{{version}}",
    "secret": f"arn:aws:secretsmanager:{HEAD}:secret:{{fixed}}-secret-{{other}}",
    "log group": f"arn:aws:logs:{HEAD}:log-group:/aws/{{fixed}}/{{name}}/{{project}}",
    "fixed": f"arn:aws:codecommit:{HEAD}:{{fixed}}-repository",
}
"""Names with a fixed part, and ids around it."""

OPEN_FORMS = {
    "task": f"arn:aws:ssm:{HEAD}:windowtask/{{stack}}",
    "api": "arn:aws:apigateway:us-east-1::/restapis/{api}",
    "group": f"arn:aws:ec2:{HEAD}:security-group/sg-{{hex}}",
}
"""Names that are nothing but an id."""


def arn(form, launch, fixed="fixed"):
    """The ARN of a form in a launch."""
    return {**FORMS, **OPEN_FORMS}[form].format(
        fixed=fixed,
        name=launch.name,
        project=launch.project,
        product=launch.product,
        cut=launch.product[:8],
        stack=launch.stack,
        suffix=launch.suffix,
        lower=launch.suffix.lower(),
        other=launch.other,
        api=launch.api,
        hex=launch.hex,
        version=launch.version,
    )


def service(form):
    return {**FORMS, **OPEN_FORMS}[form].split(":")[2]


def need(form, verb, launch, fixed="fixed"):
    """A need of an action that nobody documents, so that its resource is what the ARN says."""
    return Need(f"{service(form)}:{verb}Thing", arn(form, launch, fixed))
