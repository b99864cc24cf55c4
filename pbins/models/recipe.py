"""What versions have in common that were made alike; most versions of a package share one row."""

from typing import Self

from django.db import models

from pbins.models.fields import ByteOrderField


class Recipe(models.Model):
    """How something was made and what it needs; ``digest`` is of the fields that say so."""

    digest = models.CharField(max_length=64, unique=True)
    chost = models.CharField(max_length=100, blank=True)
    march = models.CharField(max_length=100, blank=True, help_text="-march of its CFLAGS.")

    def __str__(self) -> str:
        return self.digest[:12]


class TermKind(models.TextChoices):
    OPTION_ON = "on", "option on"
    OPTION_OFF = "off", "option off"
    LICENCE = "licence", "licence"
    PLATFORM = "platform", "platform"
    SLOT = "slot", "slot"
    SOURCE = "source", "source repository"


class Term(models.Model):
    """A word that recipes are looked up by."""

    kind = models.CharField(max_length=8, choices=TermKind)
    value = ByteOrderField(max_length=200)

    class Meta:
        ordering = ("kind", "value")
        constraints = (models.UniqueConstraint(fields=("kind", "value"), name="term_once"),)

    def __str__(self) -> str:
        return self.value


class Facet(models.Model):
    """The term is true of the recipe."""

    term = models.ForeignKey(Term, on_delete=models.CASCADE, related_name="facets", db_index=False)
    recipe = models.ForeignKey(Recipe, on_delete=models.CASCADE, related_name="facets")

    class Meta:
        constraints = (models.UniqueConstraint(fields=("term", "recipe"), name="facet_once"),)

    def __str__(self) -> str:
        return f"{self.term_id} of {self.recipe_id}"


class DependencyQuerySet(models.QuerySet["Dependency"]):
    """The reading vocabulary of what needs what."""

    def needed(self) -> Self:
        """Without blockers, which name what must not be there."""
        return self.filter(is_blocker=False)


class Dependency(models.Model):
    """One package that a recipe names.

    ``labels`` say what for (``build+run``), ``applies`` whether its conditions hold with the
    options of the recipe, ``choice`` is the number of the group of which one is enough, or 0.
    """

    recipe = models.ForeignKey(
        Recipe, on_delete=models.CASCADE, related_name="dependencies", db_index=False
    )
    position = models.PositiveIntegerField(help_text="Among those of the recipe, from 0.")
    target = ByteOrderField(max_length=401, help_text="cat/pkg")
    spec = models.TextField()
    labels = models.CharField(max_length=200, blank=True)
    is_blocker = models.BooleanField(default=False)
    is_conditional = models.BooleanField(default=False)
    applies = models.BooleanField(default=True)
    choice = models.PositiveSmallIntegerField(default=0)

    objects = DependencyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "dependencies"
        constraints = (
            models.UniqueConstraint(fields=("recipe", "position"), name="dependency_once"),
        )
        indexes = (models.Index(fields=("target", "is_blocker"), name="dependency_target"),)

    def __str__(self) -> str:
        return self.spec
