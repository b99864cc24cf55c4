from django.db import models


class Credential(models.Model):
    """An SSH key with which the portal logs in to hosts.

    The private half is stored encrypted (services.credentials) and never shown again.
    """

    name = models.CharField(max_length=100, unique=True)
    public_key = models.TextField(help_text="Goes into ~/.ssh/authorized_keys on every host.")
    sealed_private_key = models.BinaryField(editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name
